using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Packing;

/// <summary>
/// The first 8 bytes of a tile of a weight stream: docs/memory.md §2.1. Fields that a kind of tile does not
/// use are 0.
/// </summary>
public readonly record struct TileHeader
{
    /// <summary>Bytes of a header, and of an end tile.</summary>
    public const int HeaderBytes = 8;

    /// <summary>Bytes of a scales tile: the header and 16 binary32.</summary>
    public const int ScalesTileBytes = HeaderBytes + (4 * RowsPerTile);

    /// <summary>Bytes of a scales tile of short scales: the header and 16 bfloat16.</summary>
    public const int ShortScalesTileBytes = HeaderBytes + (2 * RowsPerTile);

    /// <summary>Offset of the multipliers in a weights tile.</summary>
    public const int MultipliersAt = HeaderBytes;

    /// <summary>Offset of the first block in a weights tile; 16 multipliers of 6 bits lie before it.</summary>
    public const int BlocksAt = MultipliersAt + 12;

    /// <summary>Bytes of the largest tile: eight dense blocks of 8-bit codes.</summary>
    public const int MaxTileBytes = BlocksAt + (MaxBlocks * 256);

    /// <summary>Rows of a row block.</summary>
    public const int RowsPerTile = 16;

    /// <summary>Blocks of the largest group.</summary>
    public const int MaxBlocks = 8;

    /// <summary>Row blocks of a product, and groups of a row, that a header can number.</summary>
    public const int MaxIndex = 1 << 14;

    private const int LastBit = 2, RowBlockBit = 3, GroupBit = 17, ShortBit = 17, GroupSizeBit = 31, WidthBit = 33, DensityBit = 36, UsedBits = 60;
    private const ulong AllAbsent = 0x924924;

    private TileHeader(ulong word) => Word = word;

    /// <summary>The bits, as stored in little-endian order.</summary>
    public ulong Word { get; }

    /// <summary>What the tile is.</summary>
    public TileKind Kind => (TileKind)(Word & 3);

    /// <summary>Whether the product has no further tile in this channel.</summary>
    public bool IsLast => (Word >> LastBit & 1) != 0;

    /// <summary>b: the tile has the rows 16·b … 16·b+15 of the product.</summary>
    public int RowBlock => (int)(Word >> RowBlockBit) & (MaxIndex - 1);

    /// <summary>Whether the scales of a scales tile are bfloat16.</summary>
    public bool HasShortScales => Kind == TileKind.Scales && (Word >> ShortBit & 1) != 0;

    /// <summary>g: a weights tile has the columns G·g … G·g+G-1.</summary>
    public int Group => (int)(Word >> GroupBit) & (MaxIndex - 1);

    /// <summary>G of a weights tile: 32, 64 or 128.</summary>
    public int GroupSize => 32 << (int)(Word >> GroupSizeBit & 3);

    /// <summary>Width of the codes of a weights tile, 2 … 8.</summary>
    public int Bits => (int)(Word >> WidthBit & 7) + 1;

    /// <summary>Group size and width of a weights tile; its blocks say for themselves what they keep.</summary>
    public QuantizedFormat Format => new(Bits, GroupSize);

    /// <summary>Blocks of a weights tile, absent ones included: 2, 4 or 8.</summary>
    public int Blocks => GroupSize / BlockForm.Side;

    /// <summary>The densities of all eight blocks, 3 bits each.</summary>
    public uint Densities => (uint)(Word >> DensityBit) & 0xFFFFFF;

    /// <summary>
    /// How block <paramref name="index"/> (0 … 7, lowest columns first) of a weights tile is stored.
    /// </summary>
    public BlockForm Block(int index) => BlockForm.Of((BlockDensity)(Word >> (DensityBit + (3 * index)) & 7), Bits);

    /// <summary>Bytes of the whole tile, header included; a multiple of 4.</summary>
    public long TileBytes => Kind switch
    {
        TileKind.End => HeaderBytes,
        TileKind.Scales => HasShortScales ? ShortScalesTileBytes : ScalesTileBytes,
        TileKind.Weights => BlocksAt + BlockBytes(),
    };

    /// <summary>The tile that ends a product in a channel which has none of its tiles.</summary>
    public static TileHeader End { get; } = new(1UL << LastBit);

    /// <summary>The header of a scales tile.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row block cannot be numbered.</exception>
    public static TileHeader Scales(int rowBlock, bool last, bool isShort = false) =>
        new((ulong)TileKind.Scales | (last ? 1UL << LastBit : 0) | Index(rowBlock) << RowBlockBit | (isShort ? 1UL << ShortBit : 0));

    /// <summary>The header of a weights tile.</summary>
    /// <param name="rowBlock">Row block of the product, below <see cref="MaxIndex"/>.</param>
    /// <param name="group">Group of columns, below <see cref="MaxIndex"/>.</param>
    /// <param name="format">Width and group size; its sparsity is not looked at.</param>
    /// <param name="densities">3 bits for each of eight blocks; see <see cref="DensitiesOf"/>.</param>
    /// <param name="last">Whether the product has no further tile in the channel.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument has no place in a header.</exception>
    public static TileHeader Weights(int rowBlock, int group, QuantizedFormat format, uint densities, bool last)
    {
        CheckFormat(format);
        ulong size = (ulong)(format.GroupSize >> 6);
        ulong word = (ulong)TileKind.Weights | (last ? 1UL << LastBit : 0) | Index(rowBlock) << RowBlockBit | Index(group) << GroupBit
            | size << GroupSizeBit | (ulong)(format.Bits - 1) << WidthBit | (ulong)densities << DensityBit;
        return Fault(word) is { } fault
            ? throw new ArgumentOutOfRangeException(nameof(densities), fault)
            : new TileHeader(word);
    }

    /// <summary>
    /// The densities of a group whose first <paramref name="present"/> blocks have one density; the others
    /// are absent.
    /// </summary>
    public static uint DensitiesOf(int present, BlockDensity density = BlockDensity.Dense)
    {
        uint absent = (uint)(AllAbsent >> (3 * present) << (3 * present)) & 0xFFFFFF;
        uint each = (uint)density * (uint)(AllAbsent >> 2);
        return absent | (each & ~(uint.MaxValue << (3 * present)));
    }

    /// <summary>A header from the bits of a stream, nothing trusted.</summary>
    /// <exception cref="CompilationException">A field has a value that docs/memory.md does not allow
    /// (FLC4005).</exception>
    public static TileHeader Parse(ulong word) =>
        Fault(word) is { } fault
            ? throw new CompilationException(
                Codes.ImageDamaged, $"the tile header {word:x16} of a weight stream {fault}", "",
                "write the image again")
            : new TileHeader(word);

    /// <summary><c>weights block 3 group 1 4g64 last</c></summary>
    public override string ToString()
    {
        string last = IsLast ? " last" : "";
        return Kind switch
        {
            TileKind.End => $"end{last}",
            TileKind.Scales => $"{(HasShortScales ? "short " : "")}scales block {RowBlock}{last}",
            TileKind.Weights => $"weights block {RowBlock} group {Group} {Format}{last}",
        };
    }

    /// <summary>Refuses a format that tiles cannot have.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of <see cref="QuantizedFormat.IsKnown"/>.</exception>
    public static void CheckFormat(QuantizedFormat format)
    {
        if (!format.IsKnown)
        {
            throw new ArgumentOutOfRangeException(
                nameof(format), format, $"a tile has codes of {format.WantedInWords}");
        }
    }

    private static ulong Index(int value) =>
        value is >= 0 and < MaxIndex
            ? (ulong)value
            : throw new ArgumentOutOfRangeException(
                nameof(value), value, $"a tile header numbers 0 to {MaxIndex - 1}");

    // Null when every rule holds; otherwise what is wrong, as the end of a sentence about the header.
    private static string? Fault(ulong word)
    {
        TileHeader header = new(word);
        if (word >> UsedBits != 0)
        {
            return "has reserved bits set";
        }

        switch (header.Kind)
        {
            case TileKind.End:
                return word == End.Word ? null : "is neither an end tile nor anything else";
            case TileKind.Scales:
                return word >> (ShortBit + 1) == 0 ? null : "is a scales tile with fields that only weights have";
            case TileKind.Weights:
                break;
            default:
                return "has the reserved kind 3";
        }

        if ((word >> GroupSizeBit & 3) == 3)
        {
            return "has the reserved group size 3";
        }

        return header.Bits < 2 ? "has codes of 1 bit; 2 to 8 are possible" : header.DensityFault();
    }

    private string? DensityFault()
    {
        int present = Blocks;
        for (int i = 0; i < MaxBlocks; i++)
        {
            BlockDensity density = (BlockDensity)(Densities >> (3 * i) & 7);
            if (density > BlockDensity.Absent)
            {
                return $"has the reserved density {(int)density} for block {i}";
            }

            if (i >= present && density != BlockDensity.Absent)
            {
                return $"has a block {i}, which lies beyond its group of {GroupSize} columns";
            }

            if (BlockForm.Of(density, Bits).Density != density)
            {
                return $"stores block {i} in a form that is no smaller than dense";
            }
        }

        return null;
    }

    private int BlockBytes()
    {
        int bytes = 0;
        int bits = Bits;
        uint densities = Densities;
        for (int i = Blocks; i > 0; i--, densities >>= 3)
        {
            bytes += BlockForm.Of((BlockDensity)(densities & 7), bits).Bytes;
        }

        return bytes;
    }
}
