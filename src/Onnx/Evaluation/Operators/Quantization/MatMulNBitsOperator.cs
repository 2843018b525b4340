namespace Flightc.Onnx.Evaluation;

/// <summary>A product with a matrix of few bits, whose columns have a scale and zero point for each block.</summary>
internal sealed class MatMulNBitsOperator() : OnnxOperator(new OperatorDefinition("MatMulNBits", [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs =
    [
        new("A", "T1"), new("B", "T2"), new("scales", "T1"), ParameterDefinition.Optional("zero_points", "T3"), ParameterDefinition.Optional("g_idx", "T4"),
        ParameterDefinition.Optional("bias", "T1"),
    ],
    Outputs = [new("Y", "T1")],
    Attributes =
    [
        AttributeDefinition.Required("K", AttributeKind.Int), AttributeDefinition.Required("N", AttributeKind.Int), AttributeDefinition.Int("accuracy_level", 0),
        AttributeDefinition.Int("bits", 4), AttributeDefinition.Required("block_size", AttributeKind.Int), AttributeDefinition.Int("weight_prepacked", 0),
    ],
    Types = new Dictionary<string, ElementSet>
    {
        ["T1"] = ElementSet.Floats, ["T2"] = ElementSet.Of(OnnxElementType.UInt8), ["T3"] = ElementSet.Of(OnnxElementType.UInt8) | ElementSet.Floats,
        ["T4"] = ElementSet.Int32,
    },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long inner = call.Int("K");
        long columns = call.Int("N");
        long bits = call.Int("bits");
        long blockSize = call.Int("block_size");
        if (call.Int("weight_prepacked") != 0)
        {
            throw call.Unsupported("weight_prepacked is set: the layout is that of one kernel of one machine", "quantise again without prepacking");
        }

        if (bits is not (2 or 4 or 8) || blockSize < 16 || (blockSize & (blockSize - 1)) != 0 || inner < 1 || columns < 1)
        {
            throw call.Invalid($"bits {bits}, block_size {blockSize}, K {inner}, N {columns}; wanted 2, 4 or 8 bits and a power of two from 16 on");
        }

        long[] shape = call.Shape(0);
        long blocks = (inner + blockSize - 1) / blockSize;
        long bytes = blockSize * bits / 8;
        long packedZeros = (blocks * bits + 7) / 8;
        Require(call, shape.Length > 0 && shape[^1] == inner, 0, $"wanted {inner} columns");
        Require(call, call.Type(1).ElementCount == columns * blocks * bytes, 1, $"wanted {columns} · {blocks} · {bytes} bytes");
        Require(call, call.Type(2).ElementCount == columns * blocks, 2, $"wanted {columns} · {blocks} scales");
        Require(call, !call.Has(3) || call.Type(3).ElementCount == columns * (HasPackedZeros(call) ? packedZeros : blocks), 3, "wanted a zero point for each block");
        Require(call, !call.Has(4) || call.Type(4).ElementCount >= inner, 4, $"wanted {inner} numbers of blocks");
        Require(call, !call.Has(5) || call.Type(5).ElementCount == columns, 5, $"wanted {columns} numbers");
        return [new(call.Type(0).ElementType, [.. shape[..^1], columns])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        int inner = (int)call.Int("K");
        int columns = (int)call.Int("N");
        ReadOnlySpan<float> a = call.Read<float>(0);
        float[] result = new float[types[0]!.ElementCount];
        int rows = inner == 0 ? 0 : a.Length / inner;
        call.RequireBoundedWork(rows, inner, columns);
        MatrixMultiply.Add(a, Weights(call, inner, columns), result, rows, inner, columns);
        ReadOnlySpan<float> bias = call.Has(5) ? call.Read<float>(5) : default;
        for (int i = 0; i < result.Length && bias.Length > 0; i++)
        {
            result[i] += bias[i % columns];
        }

        return [TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, result)];
    }

    /// <summary>The matrix as [K, N].</summary>
    private static float[] Weights(OperatorCall call, int inner, int columns)
    {
        int bits = (int)call.Int("bits");
        int blockSize = (int)call.Int("block_size");
        int blocks = (inner + blockSize - 1) / blockSize;
        int rowBytes = blocks * blockSize * bits / 8;
        int zeroBytes = (blocks * bits + 7) / 8;
        ReadOnlySpan<byte> codes = ElementMoves.Whole(call.Value(1));
        ReadOnlySpan<float> scales = call.Read<float>(2);
        ReadOnlySpan<byte> packedZeros = HasPackedZeros(call) ? ElementMoves.Whole(call.Value(3)) : default;
        ReadOnlySpan<float> zeros = call.Has(3) && !HasPackedZeros(call) ? call.Read<float>(3) : default;
        long[]? groups = call.OptionalLongs(4);
        float[] weights = new float[inner * columns];
        for (int column = 0; column < columns; column++)
        {
            ReadOnlySpan<byte> row = codes.Slice(column * rowBytes, rowBytes);
            for (int k = 0; k < inner; k++)
            {
                int block = groups is null ? k / blockSize : (int)call.Index(groups[k], blocks, "blocks");
                float zero = packedZeros.Length > 0 ? BlockCodes.At(packedZeros.Slice(column * zeroBytes, zeroBytes), block, bits)
                    : zeros.Length > 0 ? zeros[column * blocks + block]
                    : 1 << (bits - 1);
                weights[k * columns + column] = (BlockCodes.At(row, k, bits) - zero) * scales[column * blocks + block];
            }
        }

        return weights;
    }

    private static bool HasPackedZeros(OperatorCall call) => call.Has(3) && call.Type(3).ElementType == OnnxElementType.UInt8;

    private static void Require(OperatorCall call, bool holds, int input, string wanted)
    {
        if (!holds)
        {
            throw call.Invalid($"input {input} has the shape {Shapes.Text(call.Shape(input))}; {wanted}");
        }
    }
}
