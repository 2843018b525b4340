using System.Security.Cryptography;
using System.Text;
using Flightc.IR;
using Flightc.Models;
using Flightc.Tests.Checkpoints;

namespace Flightc.Tests.Models;

/// <summary>Weights that are made of tensors stored in another way.</summary>
public sealed class BoundTensorTests
{
    private const int Rows = 75;
    private const int Columns = 41;

    private static readonly float[] Values = new RandomNumbers(5).Floats(Rows * Columns);

    public static TheoryData<string, TensorTransform> Transforms => new()
    {
        { "as it is", TensorTransform.None },
        { "transposed", TensorTransform.Transposed },
        { "rows", new TensorTransform { FirstRow = 20, TotalRows = Rows } },
        { "rows of what is transposed", new TensorTransform { IsTransposed = true, FirstRow = 20, TotalRows = Rows } },
        { "neighbours to halves", new TensorTransform { InterleavedHead = 5, InterleavedRows = 4 } },
        { "transposed neighbours", new TensorTransform { IsTransposed = true, InterleavedHead = 15, InterleavedRows = 14 } },
        { "plus one", new TensorTransform { Offset = 1 } },
        { "all of it", new TensorTransform { IsTransposed = true, FirstRow = 15, TotalRows = Rows, InterleavedHead = 10, InterleavedRows = 10, Factor = 0.22f, Offset = 1 } },
    };

    [Theory]
    [MemberData(nameof(Transforms))]
    public void A_weight_is_the_same_from_wherever_it_is_read(string what, TensorTransform transform)
    {
        Assert.NotEmpty(what);
        int rows = transform.TotalRows == 0 ? Rows : 40;
        float[] expected = Expected(transform, rows);
        BoundTensor bound = new(Source(transform), [rows, Columns], transform);

        float[] whole = new float[expected.Length];
        bound.ReadFloats(0, whole);
        Assert.Equal(expected, whole);

        RandomNumbers random = new(9);
        for (int i = 0; i < 40; i++)
        {
            int start = random.Below(expected.Length), count = random.Within(0, Math.Min(expected.Length - start, 200));
            float[] part = new float[count];
            bound.ReadFloats(start, part);
            Assert.Equal(expected.AsSpan(start, count).ToArray(), part);
        }
    }

    [Theory]
    [MemberData(nameof(Transforms))]
    public void A_hash_is_of_what_is_read_and_not_of_what_is_stored(string what, TensorTransform transform)
    {
        Assert.NotEmpty(what);
        int rows = transform.TotalRows == 0 ? Rows : 40;
        SourceWeights weights = new(new Dictionary<string, BoundTensor> { ["w"] = new(Source(transform), [rows, Columns], transform) });

        byte[] hashed = [.. Encoding.ASCII.GetBytes($"f32[{rows},{Columns}]\n"), .. SafetensorsBytes.Of(Expected(transform, rows))];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(hashed)), weights.HashOf("w"));
    }

    [Fact]
    public void Values_that_stay_keep_their_type_and_values_that_change_are_of_32_bits()
    {
        MemoryTensor source = new("t", ElementType.BF16, [2, 2], [1, 2, 3, 4]);

        Assert.Equal(ElementType.BF16, new BoundTensor(source, [2, 2], TensorTransform.Transposed).Type.Element);
        Assert.Equal(ElementType.F32, new BoundTensor(source, [2, 2], new TensorTransform { Offset = 1 }).Type.Element);
        SourceWeights weights = new(new Dictionary<string, BoundTensor> { ["w"] = new(source, [2, 2], TensorTransform.Transposed) });
        byte[] hashed = [.. "bf16[2,2]\n"u8, .. SafetensorsBytes.Of([(ushort)0x3F80, 0x4040, 0x4000, 0x4080])];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(hashed)), weights.HashOf("w"));
    }

    [Fact]
    public void Vectors_are_cut_and_never_turned()
    {
        BoundTensor bound = new(
            new MemoryTensor("b", ElementType.F32, [6], [0, 1, 2, 3, 4, 5]), [2], TensorTransform.Transposed with { FirstRow = 2, TotalRows = 6 });

        float[] values = new float[2];
        bound.ReadFloats(0, values);
        Assert.Equal([2f, 3f], values);
        Assert.Equal("b (rows 2-3)", bound.Origin);
    }

    [Fact]
    public void Several_threads_read_the_same_weight()
    {
        TensorTransform transform = TensorTransform.Transposed;
        float[] expected = Expected(transform, Rows);
        BoundTensor bound = new(Source(transform), [Rows, Columns], transform);

        Parallel.For(0, 200, i =>
        {
            float[] row = new float[Columns];
            bound.ReadFloats((long)(i % Rows) * Columns, row);
            Assert.Equal(expected.AsSpan((i % Rows) * Columns, Columns).ToArray(), row);
        });
    }

    private static MemoryTensor Source(TensorTransform transform) =>
        new("t", ElementType.F32, transform.IsTransposed ? [Columns, Rows] : [Rows, Columns], Values);

    // Element by element, by the definitions.
    private static float[] Expected(TensorTransform transform, int rows)
    {
        float[] expected = new float[rows * Columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                int stored = row;
                if (transform.InterleavedHead > 0)
                {
                    (int head, int within) = Math.DivRem(row, transform.InterleavedHead);
                    int half = transform.InterleavedRows / 2;
                    int moved = within >= transform.InterleavedRows ? within : within < half ? within * 2 : ((within - half) * 2) + 1;
                    stored = (head * transform.InterleavedHead) + moved;
                }

                stored += (int)transform.FirstRow;
                float value = transform.IsTransposed ? Values[(column * Rows) + stored] : Values[(stored * Columns) + column];
                expected[(row * Columns) + column] = (value * transform.Factor) + transform.Offset;
            }
        }

        return expected;
    }

    private sealed class MemoryTensor(string name, ElementType type, long[] shape, float[] values) : ITensorSource
    {
        public string Name => name;

        public string Location => "memory";

        public ElementType ElementType => type;

        public IReadOnlyList<long> Shape => shape;

        public void ReadFloats(long start, Span<float> destination) => values.AsSpan((int)start, destination.Length).CopyTo(destination);

        public void ReadElements(long start, Span<byte> destination)
        {
            if (type is ElementType.F32)
            {
                SafetensorsBytes.Of((ReadOnlySpan<float>)values.AsSpan((int)start, destination.Length / 4)).CopyTo(destination);
                return;
            }

            for (int i = 0; i < destination.Length / 2; i++)
            {
                SafetensorsBytes.Of([(ushort)(BitConverter.SingleToUInt32Bits(values[start + i]) >> 16)]).CopyTo(destination[(2 * i)..]);
            }
        }
    }
}
