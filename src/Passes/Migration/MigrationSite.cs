namespace Flightc.Passes.Migration;

/// <summary>A value whose features can be scaled: the matrices that read it take the factors, and what makes it the inverse ones.</summary>
/// <param name="Value">Its name, such as <c>layers.3.attn.norm</c>.</param>
/// <param name="Readers">Roles of the matrices that read it, (n, <paramref name="Features"/>) each.</param>
/// <param name="Maker">Role of what makes it: a norm's weight, or the matrix of whose rows it is made.</param>
/// <param name="Features">Features of the value.</param>
internal sealed record MigrationSite(string Value, IReadOnlyList<string> Readers, string Maker, int Features)
{
    /// <summary>Query heads of the attention that gives the value; 0 where none does.</summary>
    public int Heads { get; init; }

    /// <summary>KV heads of it: the heads of the maker.</summary>
    public int KvHeads { get; init; }

    /// <summary>Whether attention gives the value, so that the maker's rows are kept in the KV cache before.</summary>
    public bool IsAttention => Heads > 0;

    /// <summary>Features of a head.</summary>
    public int HeadDim => Features / Heads;

    /// <summary>Elements or rows of the maker: factors that are free.</summary>
    public int Factors => IsAttention ? KvHeads * HeadDim : Features;

    /// <summary>The element or row of the maker that a feature comes from. Query heads that share a KV head share it.</summary>
    /// <param name="feature">0 … <see cref="Features"/> - 1</param>
    public int FactorOf(int feature) =>
        IsAttention ? (feature / HeadDim / (Heads / KvHeads) * HeadDim) + (feature % HeadDim) : feature;
}
