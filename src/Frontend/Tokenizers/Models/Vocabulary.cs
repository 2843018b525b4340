namespace Flightc.Tokenizers;

/// <summary>The tokens of a tokenizer: a one-to-one map between texts and ids. Ids may have gaps.</summary>
internal sealed class Vocabulary
{
    /// <summary>
    /// Ids from here on are refused: four times the largest vocabulary in use, and a bound on memory.
    /// </summary>
    public const int MaximumId = (1 << 22) - 1;

    private readonly Dictionary<string, int> _idOf;
    private string?[] _tokenOf;

    public Vocabulary(int expectedCount)
    {
        _idOf = new Dictionary<string, int>(expectedCount, StringComparer.Ordinal);
        _tokenOf = new string?[Math.Max(expectedCount, 16)];
    }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; private set; }

    public int? IdOf(string token) => _idOf.TryGetValue(token, out int id) ? id : null;

    public int? IdOf(ReadOnlySpan<char> token) =>
        _idOf.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(token, out int id) ? id : null;

    /// <summary>The token of an id; null in gaps and outside.</summary>
    public string? TokenOf(int id) => (uint)id < (uint)Size ? _tokenOf[id] : null;

    /// <summary>Enters a token, or confirms one that is already there.</summary>
    /// <returns>What contradicts it, as the end of a sentence about it; null where all is well.</returns>
    public string? TryAdd(string token, int id)
    {
        if (TokenOf(id) is string other && other != token)
        {
            return $"gives the id {id} to '{token}', but it already belongs to '{other}'";
        }

        if (!_idOf.TryAdd(token, id))
        {
            return _idOf[token] == id
                ? null
                : $"gives '{token}' the id {id}, but it already has the id {_idOf[token]}";
        }

        if (id >= _tokenOf.Length)
        {
            Array.Resize(ref _tokenOf, Math.Max(id + 1, _tokenOf.Length * 2));
        }

        _tokenOf[id] = token;
        Size = Math.Max(Size, id + 1);
        return null;
    }
}
