using System.Buffers.Binary;

namespace Flightc.Tests.Emulation;

/// <summary>A random product and its tiles, packed by the letter of docs/memory.md §2, bit by bit.</summary>
internal sealed class TestProduct
{
    private readonly RandomNumbers _random;
    private readonly Func<int, (int Bits, int Group)> _formatOf;
    private readonly Func<int, int>? _densityOf;
    private readonly bool _extreme, _hasShortScales;

    public TestProduct(RandomNumbers random, int rows, int columns, int bits, int group, bool sparse, int channels, bool extreme = false)
        : this(random, rows, columns, _ => (bits, group), sparse ? _ => random.Below(5) : null, channels, extreme)
    {
    }

    /// <param name="random">Where codes, multipliers and scales come from.</param>
    /// <param name="rows">N.</param>
    /// <param name="columns">K.</param>
    /// <param name="formatOf">Width and group of a block of 16 rows, by its number.</param>
    /// <param name="densityOf">Density of a 16×16 block, by its number in the tile, asked for in their order: 0 dense, 1 8:16, 2 4:16, 3 2:16, 4
    /// absent; null where all are dense.</param>
    /// <param name="channels">Channels that share the tiles.</param>
    /// <param name="extreme">Whether every code is the largest.</param>
    /// <param name="hasShortScales">Whether row scales are bfloat16.</param>
    public TestProduct(
        RandomNumbers random, int rows, int columns, Func<int, (int Bits, int Group)> formatOf, Func<int, int>? densityOf, int channels, bool extreme = false,
        bool hasShortScales = false)
    {
        (_random, Rows, Columns, _formatOf, _densityOf, _extreme, _hasShortScales) = (random, rows, columns, formatOf, densityOf, extreme, hasShortScales);
        Codes = new int[rows, columns];
        Multipliers = new int[rows, (columns + 31) / 32];
        Scales = random.Floats(rows, 0.01f);
        for (int r = 0; r < rows && hasShortScales; r++)
        {
            Scales[r] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(Scales[r]) & 0xFFFF0000);
        }

        List<byte[]>[] tiles = [.. Enumerable.Range(0, channels).Select(_ => new List<byte[]>())];
        for (int block = 0; block < (rows + 15) / 16; block++)
        {
            Give(tiles, ScalesTile(block));
            for (int g = 0; g * formatOf(block).Group < columns; g++)
            {
                Give(tiles, WeightsTile(block, g));
            }
        }

        foreach (List<byte[]> channel in tiles)
        {
            if (channel.Count == 0)
            {
                channel.Add(Header(0, 0, 0, false, 0));
            }

            channel[^1][0] |= 4;
        }

        Streams = [.. tiles.Select(c => c.SelectMany(t => t).ToArray())];
    }

    public int Rows { get; }

    public int Columns { get; }

    public int[,] Codes { get; }

    public int[,] Multipliers { get; }

    public float[] Scales { get; }

    /// <summary>The tiles of each channel.</summary>
    public byte[][] Streams { get; }

    /// <summary>y[n] by docs/numerics.md §3.</summary>
    public float Result(int n, ReadOnlySpan<sbyte> x, float scale)
    {
        int sum = 0;
        int group = _formatOf(n / 16).Group;
        for (int g = 0; g * group < Columns; g++)
        {
            int part = 0;
            for (int k = g * group; k < Math.Min(Columns, (g + 1) * group); k++)
            {
                part += Codes[n, k] * x[k];
            }

            sum += Multipliers[n, g] * part;
        }

        return Scales[n] * scale * (float)sum;
    }

    private static void Give(List<byte[]>[] channels, byte[] tile) =>
        channels.MinBy(c => c.Sum(t => t.Length))!.Add(tile);

    private byte[] Header(int kind, int block, int group, bool weights, uint densities)
    {
        (int bits, int size) = _formatOf(block);
        ulong word = (uint)kind | ((ulong)(uint)block << 3);
        if (weights)
        {
            word |= ((ulong)(uint)group << 17) | ((ulong)(uint)(size / 64) << 31) | ((ulong)(uint)(bits - 1) << 33) | ((ulong)densities << 36);
        }

        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
        return bytes;
    }

    private byte[] ScalesTile(int block)
    {
        byte[] header = Header(1, block, 0, false, 0);
        byte[] scales = new byte[_hasShortScales ? 32 : 64];
        for (int r = 0; r < 16 && (16 * block) + r < Rows; r++)
        {
            uint scale = BitConverter.SingleToUInt32Bits(Scales[(16 * block) + r]);
            if (_hasShortScales)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(scales.AsSpan(2 * r), (ushort)(scale >> 16));
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(scales.AsSpan(4 * r), scale);
            }
        }

        header[2] |= (byte)(_hasShortScales ? 2 : 0);
        return [.. header, .. scales];
    }

    private byte[] WeightsTile(int block, int group)
    {
        int size = _formatOf(block).Group;
        Bits multipliers = new();
        for (int r = 0; r < 16; r++)
        {
            int row = (16 * block) + r;
            int value = _random.Below(64);
            multipliers.Add(value, 6);
            if (row < Rows)
            {
                Multipliers[row, group] = value;
            }
        }

        List<byte> blocks = [];
        uint densities = 0;
        for (int i = 0; i < 8; i++)
        {
            int column = (group * size) + (16 * i);
            int density = 16 * i >= size || column >= Columns ? 4 : _densityOf?.Invoke(i) ?? 0;
            densities |= (uint)AddBlock(blocks, 16 * block, column, density) << (3 * i);
        }

        return [.. Header(2, block, group, true, densities), .. multipliers.Bytes, .. blocks];
    }

    // Makes up the codes of a block and adds its smallest form; the result is its density.
    private int AddBlock(List<byte> bytes, int row, int column, int density)
    {
        if (density == 4)
        {
            return 4;
        }

        int bits = _formatOf(row / 16).Bits;
        int kept = 16 >> density;
        int[] sizes = [32 * bits, 32 + (2 * kept * bits), (8 * kept) + (2 * kept * bits)];
        int form = Array.IndexOf(sizes, sizes.Min());
        bool[,] isKept = new bool[16, 16];
        int[,] codes = new int[16, 16];
        for (int r = 0; r < 16; r++)
        {
            foreach (int k in Enumerable.Range(0, 16).OrderBy(_ => _random.Next()).Take(kept))
            {
                isKept[r, k] = true;
                if (row + r < Rows && column + k < Columns)
                {
                    codes[r, k] = _extreme ? (1 << (bits - 1)) - 1 : _random.Within(-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
                    Codes[row + r, column + k] = codes[r, k];
                }
            }
        }

        Bits where = new();
        Bits values = new();
        bool byRow = form == 2;
        for (int i = 0; i < 256; i++)
        {
            // Unit order: four columns of sixteen rows, then the next four.
            (int r, int k) = byRow ? (i / 16, i % 16) : (i % 64 / 4, (i / 64 * 4) + (i % 4));
            if (form == 1)
            {
                where.Add(isKept[r, k] ? 1 : 0, 1);
            }
            else if (form == 2 && isKept[r, k])
            {
                where.Add(k, 4);
            }

            if (form == 0 || isKept[r, k])
            {
                values.Add(codes[r, k], bits);
            }
        }

        bytes.AddRange(where.Bytes);
        bytes.AddRange(values.Bytes);
        return form == 0 ? 0 : density;
    }

    private sealed class Bits
    {
        private readonly List<bool> _all = [];

        public void Add(int value, int width)
        {
            for (int i = 0; i < width; i++)
            {
                _all.Add((value >> i & 1) != 0);
            }
        }

        public byte[] Bytes
        {
            get
            {
                byte[] bytes = new byte[(_all.Count + 7) / 8];
                for (int i = 0; i < _all.Count; i++)
                {
                    bytes[i / 8] |= (byte)(_all[i] ? 1 << (i % 8) : 0);
                }

                return bytes;
            }
        }
    }
}
