using System.Buffers.Binary;
using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests.Checkpoints;

public sealed class CheckpointTensorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_binary16_becomes_the_binary32_of_the_same_value()
    {
        ushort[] stored = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits)];
        float[] read = Read("F16", SafetensorsBytes.Of(stored), 0, stored.Length);

        for (int i = 0; i < stored.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(stored[i]);
            Assert.True(float.IsNaN(expected) ? float.IsNaN(read[i]) : Bits(expected) == Bits(read[i]), $"{stored[i]:x4}");
            Assert.Equal((stored[i] & 0x8000) != 0, (Bits(read[i]) & 0x8000_0000) != 0);
        }
    }

    [Theory]
    [InlineData(0x0001, 0x3380_0000u)] // the smallest subnormal, 2^-24
    [InlineData(0x83FF, 0xB87F_C000u)] // the largest subnormal, negative
    [InlineData(0x0400, 0x3880_0000u)] // the smallest normal, 2^-14
    [InlineData(0x7BFF, 0x477F_E000u)] // 65504
    [InlineData(0x8000, 0x8000_0000u)] // negative zero
    [InlineData(0x7C00, 0x7F80_0000u)] // infinity
    [InlineData(0xFC00, 0xFF80_0000u)]
    [InlineData(0x7E01, 0x7FC0_2000u)] // NaN with its payload
    public void Binary16_at_its_edges(int stored, uint expected)
    {
        // Seventeen copies: the vector loop and its tail must agree.
        ushort[] copies = [.. Enumerable.Repeat((ushort)stored, 17)];

        Assert.All(Read("F16", SafetensorsBytes.Of(copies), 0, 17), value => Assert.Equal(expected, Bits(value)));
    }

    [Fact]
    public void Every_bfloat16_is_the_upper_half_of_its_binary32()
    {
        ushort[] stored = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits)];
        float[] read = Read("BF16", SafetensorsBytes.Of(stored), 0, stored.Length);

        Assert.Equal(stored.Select(bits => (uint)bits << 16), read.Select(Bits));
    }

    [Fact]
    public void Binary32_keeps_its_bits()
    {
        float[] stored = [0f, -0f, 1f, float.Epsilon, float.MaxValue, float.NegativeInfinity, BitConverter.UInt32BitsToSingle(0x7F80_0001)];

        Assert.Equal(stored.Select(Bits), Read("F32", SafetensorsBytes.Of(stored), 0, stored.Length).Select(Bits));
    }

    [Fact]
    public void Binary64_is_rounded_half_to_even()
    {
        double[] stored = [1 + Math.ScaleB(1, -24), 1 + Math.ScaleB(3, -24), -1e-45, 1e300];
        byte[] bytes = new byte[stored.Length * 8];
        for (int i = 0; i < stored.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * 8), stored[i]);
        }

        Assert.Equal([1f, BitConverter.UInt32BitsToSingle(0x3F80_0002), -float.Epsilon, float.PositiveInfinity], Read("F64", bytes, 0, stored.Length));
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 99)]
    [InlineData(37, 16)]
    [InlineData(83, 17)]
    [InlineData(100, 0)]
    public void A_part_is_read_as_the_whole_would_be(int start, int count)
    {
        ushort[] stored = [.. Enumerable.Range(0, 100).Select(i => (ushort)(0x3F00 + i))];
        byte[] bytes = SafetensorsBytes.Of(stored);

        Assert.Equal(Read("BF16", bytes, 0, 100).Skip(start).Take(count), Read("BF16", bytes, start, count));
        Assert.Equal(Read("F16", bytes, 0, 100).Skip(start).Take(count), Read("F16", bytes, start, count));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 0)]
    [InlineData(long.MaxValue, 1)]
    public void Nothing_outside_the_tensor_is_read(long start, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Read("F16", new byte[8], start, count));

    [Fact]
    public void Types_that_are_no_plain_floats_are_refused()
    {
        foreach (StoredType type in Enum.GetValues<StoredType>())
        {
            bool isFloat = type is StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64;
            if (isFloat)
            {
                Assert.Equal(8, Read(type.Name(), new byte[type.Bits()], 0, 8).Length);
                continue;
            }

            Diagnostic fault = Assert.Throws<CompilationException>(() => Read(type.Name(), new byte[type.Bits()], 0, 8)).Diagnostics[0];
            Assert.Equal(Codes.TensorTypeUnsupported, fault.Code);
            Assert.Contains($"'a' is stored as {type.Name()}", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_tensor_above_four_gibibytes_is_read_at_both_ends()
    {
        // The file is sparse: it takes no room where the file system can leave holes.
        const long elements = (1L << 31) + 3;
        string header = $$"""{"a":{"dtype":"BF16","shape":[{{elements}}],"data_offsets":[0,{{elements * 2}}] } }""";
        string path = _folder.Write("a.safetensors", SafetensorsBytes.File(header, 0x80, 0x3F));
        _folder.Write("config.json", "{}");
        using (FileStream stream = new(path, FileMode.Open))
        {
            stream.SetLength(8 + header.Length + (elements * 2));
            stream.Seek(-2, SeekOrigin.End);
            stream.Write([0x00, 0x40]);
        }

        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(path, new DiagnosticBag());
        CheckpointTensor tensor = Assert.Single(checkpoint.Tensors);
        float[] values = new float[2];
        tensor.ReadFloats(0, values);
        Assert.Equal([1f, 0f], values);
        tensor.ReadFloats(elements - 2, values);
        Assert.Equal([0f, 2f], values);
        Assert.Equal(elements * 2, tensor.ByteLength);
    }

    private float[] Read(string type, byte[] bytes, long start, int count)
    {
        Assert.True(StoredTypes.TryParse(type, out StoredType stored));
        int elements = bytes.Length * 8 / stored.Bits();
        _folder.Write("config.json", "{}");

        // A tensor of one byte in front, so that nothing is aligned.
        string path = _folder.Write("a.safetensors", SafetensorsBytes.File(("0", "U8", [1], [7]), ("a", type, [elements], bytes)));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(path, new DiagnosticBag());
        Assert.True(checkpoint.TryGet("a", out CheckpointTensor tensor));
        float[] values = new float[count];
        tensor.ReadFloats(start, values);
        return values;
    }

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}
