using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

/// <summary>Row scales of 16 bits.</summary>
public sealed class ShortScaleTests
{
    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(0f, 0f)]
    [InlineData(1.00390625f, 1f)]            // half way: to even
    [InlineData(1.01171875f, 1.015625f)]     // half way: to even
    [InlineData(1.005f, 1.0078125f)]
    [InlineData(float.MaxValue, 3.38953139e38f)]
    public void The_nearest_is_taken_half_to_even_and_never_infinite(float scale, float wanted)
    {
        Assert.Equal(wanted, ShortScale.Nearest(scale));
        Assert.True(ShortScale.Is(ShortScale.Nearest(scale)));
    }

    [Fact]
    public void Tiles_give_short_scales_back()
    {
        float[] scales = [.. Enumerable.Range(0, 16).Select(i => ShortScale.Nearest(i / 3f))];
        TileHeader header = TileHeader.Scales(5, true, isShort: true);
        byte[] tile = new byte[header.TileBytes];
        float[] again = new float[16];

        TileWriter.WriteScales(tile, header, scales);
        TileReader.ReadScales(tile, again);

        Assert.Equal(scales, again);
        Assert.Equal("short scales block 5 last", header.ToString());
    }

    [Fact]
    public void A_format_says_it()
    {
        QuantizedFormat format = QuantizedFormat.Parse("4g64s 8:16")!.Value;

        Assert.True(format.HasShortScales && format.IsKnown);
        Assert.Equal("4g64s 8:16", format.ToString());
        Assert.Equal("4g64", format.AsDense.ToString());
        Assert.Equal(FormatTiles.Rows(format, 128).Bytes + 32, FormatTiles.Rows(format with { HasShortScales = false }, 128).Bytes);
        Assert.Null(QuantizedFormat.Parse("4gs64"));
        Assert.Null(QuantizedFormat.Parse("4g64ss"));
    }
}
