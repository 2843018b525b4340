using Flightc.Caching;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests;

public sealed class MatrixEntryTests : IDisposable
{
    private static readonly CacheKey Key = new("tensor", ("name", "a"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, int, int> Shapes()
    {
        TheoryData<int, int, int> shapes = [];
        for (int bits = 2; bits <= 8; bits++)
        {
            shapes.Add(bits, 1, 1);
            shapes.Add(bits, 3, 77);
            shapes.Add(bits, 600, 511);
        }

        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_matrix_of_any_width_and_odd_size_comes_back_with_its_notes(int bits, int rows, int columns)
    {
        QuantizedMatrix made = Random(rows, columns, new QuantizedFormat(bits, 64), seed: 7);
        string[] notes = ["calibration says little", "and something else ≥ 3"];
        using CacheFolder cache = new(_folder.Root);
        cache.Store(Key, to => MatrixEntry.Write(to, made, notes));
        QuantizedMatrix found = Empty(made);
        Assert.Equal(notes, cache.Find(Key, entry => MatrixEntry.Read(entry, found)));
        Assert.Equal(made.Codes, found.Codes);
        Assert.Equal(made.Multipliers, found.Multipliers);
        Assert.Equal(made.RowScales, found.RowScales);
    }

    [Fact]
    public void Codes_take_their_bits_and_no_more()
    {
        QuantizedMatrix made = Random(64, 128, new QuantizedFormat(3, 128), seed: 1);
        using MemoryStream payload = new();
        MatrixEntry.Write(payload, made, []);
        Assert.Equal(4 + (64 * 4) + 64 + (64 * 128 * 3 / 8), payload.Length);
    }

    [Fact]
    public void A_payload_of_another_shape_is_a_miss()
    {
        using CacheFolder cache = new(_folder.Root);
        cache.Store(Key, to => MatrixEntry.Write(to, Random(4, 64, new QuantizedFormat(4, 64), 1), []));
        QuantizedMatrix other = Empty(Random(5, 64, new QuantizedFormat(4, 64), 1));
        RequireMiss(cache, other, "bytes follow its notes");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1f)]
    public void A_scale_that_none_can_have_is_a_miss(float scale)
    {
        QuantizedMatrix made = Random(4, 64, new QuantizedFormat(4, 64), 1);
        made.RowScales[2] = scale;
        RequireMiss(made, "row scale");
    }

    [Fact]
    public void A_multiplier_that_none_can_have_is_a_miss()
    {
        QuantizedMatrix made = Random(4, 64, new QuantizedFormat(4, 64), 1);
        made.Multipliers[3] = 64;
        RequireMiss(made, "multiplier");
    }

    [Fact]
    public void Sums_that_can_leave_32_bits_are_a_miss()
    {
        const int columns = 2176;
        QuantizedMatrix made = Empty(Random(2, columns, new QuantizedFormat(8, 128), 1));
        Array.Fill(made.Codes, (sbyte)-128, columns, columns);
        Array.Fill(made.Multipliers, (byte)63);
        RequireMiss(made, "row 1");
    }

    [Fact]
    public void Numbers_of_notes_that_make_no_sense_are_a_miss()
    {
        using CacheFolder cache = new(_folder.Root);
        cache.Store(Key, to => to.Write([0xFF, 0xFF, 0xFF, 0x7F]));
        RequireMiss(cache, Empty(Random(4, 64, new QuantizedFormat(4, 64), 1)), "is possible");
    }

    private void RequireMiss(QuantizedMatrix stored, string reason)
    {
        using CacheFolder cache = new(_folder.Root);
        cache.Store(Key, to => MatrixEntry.Write(to, stored, []));
        RequireMiss(cache, Empty(stored), reason);
    }

    private static void RequireMiss(CacheFolder cache, QuantizedMatrix into, string reason)
    {
        Assert.Null(cache.Find(Key, entry => MatrixEntry.Read(entry, into)));
        Diagnostic warning = Assert.Single(cache.Warnings);
        Assert.Equal(Codes.CacheDamaged, warning.Code);
        Assert.Contains(reason, warning.Message, StringComparison.Ordinal);
    }

    private static QuantizedMatrix Empty(QuantizedMatrix like) => new(
        like.Rows, like.Columns, like.Format, new sbyte[like.Codes.Length], new byte[like.Multipliers.Length], new float[like.Rows]);

    // Codes of the whole range, the lowest among them.
    private static QuantizedMatrix Random(int rows, int columns, QuantizedFormat format, ulong seed)
    {
        RandomNumbers random = new(seed);
        int half = 1 << (format.Bits - 1);
        sbyte[] codes = new sbyte[rows * columns];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (sbyte)(random.Below(2 * half) - half);
        }

        byte[] multipliers = new byte[rows * format.GroupsIn(columns)];
        for (int i = 0; i < multipliers.Length; i++)
        {
            multipliers[i] = (byte)random.Below(64);
        }

        return new QuantizedMatrix(rows, columns, format, codes, multipliers, [.. Enumerable.Range(0, rows).Select(r => r / 3f)]);
    }
}
