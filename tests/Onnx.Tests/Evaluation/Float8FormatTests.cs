using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

public sealed class Float8FormatTests
{
    [Theory]
    [InlineData(OnnxElementType.Float8E4M3FN, 448)]
    [InlineData(OnnxElementType.Float8E4M3FNUZ, 240)]
    [InlineData(OnnxElementType.Float8E5M2, 57344)]
    [InlineData(OnnxElementType.Float8E5M2FNUZ, 57344)]
    public void The_largest_value_is_that_of_the_format(OnnxElementType type, float largest) => Assert.Equal(largest, Float8Format.Of(type)!.Largest);

    [Theory]
    [InlineData(OnnxElementType.Float8E4M3FN)]
    [InlineData(OnnxElementType.Float8E4M3FNUZ)]
    [InlineData(OnnxElementType.Float8E5M2)]
    [InlineData(OnnxElementType.Float8E5M2FNUZ)]
    public void Every_value_has_its_own_code(OnnxElementType type)
    {
        Float8Format format = Float8Format.Of(type)!;
        for (int code = 0; code < 256; code++)
        {
            float value = format.Decode((byte)code);
            byte back = format.Encode(value, saturates: false);
            Assert.True(float.IsNaN(value) ? float.IsNaN(format.Decode(back)) : back == code, $"code {code} of {type} is {value} and comes back as {back}");
        }
    }

    [Theory]
    [InlineData(OnnxElementType.Float8E4M3FN)]
    [InlineData(OnnxElementType.Float8E5M2)]
    public void Halfway_goes_to_the_even_code(OnnxElementType type)
    {
        Float8Format format = Float8Format.Of(type)!;
        for (int code = 0; code < 0x7A; code++)
        {
            double middle = ((double)format.Decode((byte)code) + format.Decode((byte)(code + 1))) / 2;
            Assert.Equal((code & 1) == 0 ? code : code + 1, format.Encode(middle, saturates: true));
        }
    }

    [Fact]
    public void What_is_too_large_saturates_or_becomes_what_the_format_has_for_it()
    {
        Float8Format finite = Float8Format.Of(OnnxElementType.Float8E4M3FN)!;
        Float8Format infinite = Float8Format.Of(OnnxElementType.Float8E5M2)!;

        Assert.Equal(448, finite.Decode(finite.Encode(464, saturates: false)));
        Assert.Equal(-448, finite.Decode(finite.Encode(-1e9, saturates: true)));
        Assert.Equal(double.NaN, finite.Decode(finite.Encode(465, saturates: false)));
        Assert.Equal(double.NegativeInfinity, infinite.Decode(infinite.Encode(-1e9, saturates: false)));
        Assert.Equal(57344, infinite.Decode(infinite.Encode(double.PositiveInfinity, saturates: true)));
    }

    [Fact]
    public void Formats_without_a_negative_zero_have_none()
    {
        Float8Format format = Float8Format.Of(OnnxElementType.Float8E4M3FNUZ)!;

        Assert.Equal(0, format.Encode(-0.0, saturates: true));
        Assert.Equal(0, format.Encode(-1e-9, saturates: true));
    }
}
