using System.Security.Cryptography;
using System.Text;
using Flightc.Diagnostics;

namespace Flightc.IR;

/// <summary>
/// Which blocks of 64 keys the queries of a prompt see, by block of 64 queries, for every query head of one
/// attention layer: docs/attention-masks.md. Immutable; two are equal where they keep the same.
/// </summary>
/// <remarks>
/// <para>
/// Blocks are counted by position in the sequence: token p lies in block <c>p div 64</c>. A mask says of each
/// pair (query block i, key block j ≤ i) whether it is kept; the diagonal i = j always is. Whatever is kept is
/// still causal token by token.
/// </para>
/// <para>
/// It is given for the first <see cref="Blocks"/> blocks, B in short. Behind them it goes on by the last row
/// that is given: with h = B div 2, query block i ≥ B keeps key block j as row B - 1 keeps the block at the same
/// distance where i - j &lt; B - h (the near half), as row B - 1 keeps block j where j &lt; h (the beginning),
/// and between the two if row B - 1 keeps both blocks at the seam, h - 1 and h. So sinks stay sinks, windows
/// stay windows, and a head that sees everything goes on seeing everything. A mask of one block hides nothing.
/// </para>
/// </remarks>
public sealed class LayerMask : IEquatable<LayerMask>
{
    /// <summary>Tokens on the side of a block.</summary>
    public const int BlockTokens = 64;

    /// <summary>The most blocks for which a mask can be given: those of the longest sequence.</summary>
    public const int MaxBlocks = 2048;

    /// <summary>The most query heads.</summary>
    public const int MaxHeads = 4096;

    // By head, then row by row of the triangle: bit i(i+1)/2 + j. Null where only the hash is known.
    private readonly byte[][]? _kept;

    /// <summary>A mask from a function.</summary>
    /// <param name="heads">Query heads, 1 … <see cref="MaxHeads"/>.</param>
    /// <param name="blocks">B, 1 … <see cref="MaxBlocks"/>.</param>
    /// <param name="keeps">Given head, query block and key block, whether the block is kept; not asked for the
    /// diagonal.</param>
    public LayerMask(int heads, int blocks, Func<int, int, int, bool> keeps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(heads, MaxHeads);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, MaxBlocks);
        (Heads, Blocks) = (heads, blocks);
        _kept = new byte[heads][];
        for (int head = 0; head < heads; head++)
        {
            byte[] bits = _kept[head] = new byte[(Triangle(blocks) + 7) / 8];
            for (int i = 0, bit = 0; i < blocks; i++)
            {
                for (int j = 0; j <= i; j++, bit++)
                {
                    bits[bit / 8] |= (byte)(i == j || keeps(head, i, j) ? 1 << (bit % 8) : 0);
                }
            }
        }

        Hash = HashOf();
    }

    private LayerMask(string hash) => Hash = hash;

    /// <summary>Query heads; 0 where only the hash is known.</summary>
    public int Heads { get; }

    /// <summary>B: blocks for which it is given; 0 where only the hash is known.</summary>
    public int Blocks { get; }

    /// <summary>
    /// SHA-256, in lower-case hexadecimal digits, over the ASCII text <c>mask[HEADS,BLOCKS]</c>, a line feed, and
    /// each head's triangle row by row, bit 0 of a byte first, every head in whole bytes.
    /// </summary>
    public string Hash { get; }

    /// <summary>Whether it is known what is kept; a mask that was read from the text of a Graph has a hash only.</summary>
    public bool IsKnown => _kept is not null;

    /// <summary>A mask of which only the hash is known.</summary>
    /// <param name="hash">64 lower-case hexadecimal digits.</param>
    public static LayerMask OfHash(string hash) => new(hash);

    /// <summary>Sinks and a window, the same for all heads: the first blocks of the sequence, and the last ones.</summary>
    /// <param name="heads">Query heads.</param>
    /// <param name="sink">Blocks from the beginning that every query sees; at least 0.</param>
    /// <param name="window">Blocks up to its own that a query sees; at least 1.</param>
    public static LayerMask Window(int heads, int sink, int window)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sink);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);

        // Both halves of the last row have to show all of what they continue, and the seam that there is more.
        int blocks = (int)Math.Min(MaxBlocks, (2L * Math.Max(sink, window)) + 2);
        return new LayerMask(heads, blocks, (_, i, j) => j < sink || i - j < window);
    }

    /// <summary>Whether a block is kept.</summary>
    /// <param name="head">Query head.</param>
    /// <param name="queryBlock">i.</param>
    /// <param name="keyBlock">j; above i nothing is kept.</param>
    /// <exception cref="CompilationException">Only its hash is known (FLC2001).</exception>
    public bool Keeps(int head, int queryBlock, int keyBlock)
    {
        byte[] bits = (_kept ?? throw Unknown())[head];
        if (keyBlock > queryBlock || Blocks == 1)
        {
            return keyBlock <= queryBlock;
        }

        return queryBlock < Blocks ? At(bits, queryBlock, keyBlock) : Continued(bits, queryBlock, keyBlock);
    }

    /// <summary>Blocks that are kept of the first rows, over all heads.</summary>
    /// <param name="blocks">Rows: blocks of the sequence.</param>
    public long Kept(int blocks)
    {
        long kept = 0;
        for (int head = 0; head < Heads; head++)
        {
            for (int i = 0; i < blocks; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    kept += Keeps(head, i, j) ? 1 : 0;
                }
            }
        }

        return kept;
    }

    /// <summary>Causal blocks of so many rows, for one head.</summary>
    public static long Triangle(int blocks) => blocks * (blocks + 1L) / 2;

    /// <inheritdoc/>
    public bool Equals(LayerMask? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LayerMask);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode(StringComparison.Ordinal);

    private bool Continued(byte[] bits, int queryBlock, int keyBlock)
    {
        int last = Blocks - 1;
        int half = Blocks / 2;
        int distance = queryBlock - keyBlock;
        return distance < Blocks - half ? At(bits, last, last - distance)
            : keyBlock < half ? At(bits, last, keyBlock)
            : At(bits, last, half - 1) && At(bits, last, half);
    }

    private static bool At(byte[] bits, int i, int j)
    {
        long bit = Triangle(i) + j;
        return (bits[bit / 8] >> (int)(bit % 8) & 1) == 1;
    }

    private string HashOf()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"mask[{Heads},{Blocks}]\n")));
        foreach (byte[] bits in _kept!)
        {
            hash.AppendData(bits);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private CompilationException Unknown() => new(
        Codes.GraphInvalid, $"only the hash of the attention mask {Hash[..12]}… is known; what it keeps does not stand in a graph's text",
        "", "compile the model with the masks' file");
}
