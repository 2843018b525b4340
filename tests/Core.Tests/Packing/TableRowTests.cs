using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class TableRowTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_row_of_any_width_is_read_as_it_was_written(int bits)
    {
        foreach (int columns in new[] { 1, 7, 8, 33, 256 })
        {
            QuantizedFormat format = new(bits, 32);
            RandomNumbers random = new((ulong)((bits * 1000) + columns));
            int least = -(1 << (bits - 1));
            sbyte[] codes = [.. Enumerable.Range(0, 2 * columns).Select(_ => (sbyte)random.Within(least, -least - 1))];
            byte[] multipliers = [.. Enumerable.Range(0, 2 * format.GroupsIn(columns)).Select(_ => (byte)random.Below(64))];
            QuantizedMatrix matrix = new(2, columns, format, codes, multipliers, [0.25f, 3f]);

            // What was there before may not shine through, and nothing behind the row is touched.
            byte[] row = new byte[TableRow.Bytes(format, columns)];
            row.AsSpan().Fill(0xa5);
            TableRow.Write(matrix, 1, row);
            sbyte[] readCodes = new sbyte[columns];
            byte[] readMultipliers = new byte[matrix.Groups];

            Assert.Equal(3f, TableRow.Read(format, row, readCodes, readMultipliers));
            Assert.Equal(codes[columns..], readCodes);
            Assert.Equal(multipliers[matrix.Groups..], readMultipliers);
        }
    }

    [Theory]
    [InlineData("8g64", 256, 264, 264)]
    [InlineData("4g64", 256, 136, 136)]
    [InlineData("3g64", 70, 33, 36)]
    [InlineData("3g64 8:16", 70, 33, 36)]
    public void A_row_takes_its_scale_its_multipliers_and_every_code_whether_kept_or_not(string format, int columns, int bytes, int pitch)
    {
        QuantizedFormat parsed = QuantizedFormat.Parse(format)!.Value;

        Assert.Equal((bytes, pitch), (TableRow.Bytes(parsed, columns), TableRow.Pitch(parsed, columns)));
    }
}
