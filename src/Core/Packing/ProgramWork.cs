namespace Flightc.Packing;

/// <summary>What one matrix product takes off the weight rings of one core.</summary>
/// <param name="Channels">By channel of the core.</param>
public sealed record ProductWork(IReadOnlyList<ChannelWork> Channels)
{
    /// <summary>The sum over the channels.</summary>
    public ChannelWork Total { get; } = Channels.Aggregate(default(ChannelWork), (sum, work) => sum + work);
}

/// <summary>What a step takes off the weight rings of a machine; both entries of a program take the same.</summary>
/// <param name="Cores">By core, in the order of its stream: the products of which the core has rows.</param>
public sealed record ProgramWork(IReadOnlyList<IReadOnlyList<ProductWork>> Cores)
{
    /// <summary>
    /// The bytes of attention masks at addresses of DDR; null where the program has none, or nobody knows them: then
    /// every block counts as kept.
    /// </summary>
    public Func<long, byte>? MaskBytes { get; init; }
}
