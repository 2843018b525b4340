namespace Flightc.Onnx.Evaluation;

/// <summary>Slices of a tensor of few bits along an axis, with a scale and zero point for each block along another axis.</summary>
internal sealed class GatherBlockQuantizedOperator() : OnnxOperator(new OperatorDefinition("GatherBlockQuantized", [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs = [new("data", "T1"), new("indices", "Tind"), new("scales", "T2"), ParameterDefinition.Optional("zero_points", "T1")],
    Outputs = [new("output", "T2")],
    Attributes =
    [
        AttributeDefinition.Int("bits", 4), AttributeDefinition.Int("block_size", 128), AttributeDefinition.Int("gather_axis", 0),
        AttributeDefinition.Int("quantize_axis", 1),
    ],
    Types = new Dictionary<string, ElementSet>
    {
        ["T1"] = ElementSet.Of(OnnxElementType.Int4, OnnxElementType.UInt4, OnnxElementType.UInt8), ["T2"] = ElementSet.Floats, ["Tind"] = ElementSet.Indices,
    },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = [.. call.Shape(0)];
        (int gather, int quantized, long blockSize) = Axes(call);
        shape[quantized] = Extent(call, shape[quantized]);
        long[] scales = [.. shape];
        scales[quantized] = (shape[quantized] + blockSize - 1) / blockSize;
        call.RequireShape(2, scales);
        if (call.Has(3))
        {
            scales[quantized] = IsPacked(call) ? (scales[quantized] * call.Int("bits") + 7) / 8 : scales[quantized];
            call.RequireShape(3, scales);
        }

        return [new(call.Type(2).ElementType, [.. shape[..gather], .. call.Shape(1), .. shape[(gather + 1)..]])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = types[0]!.Shape;
        (int gather, int quantized, long blockSize) = Axes(call);
        long[] rows = Array.ConvertAll(call.Longs(1), i => call.Index(i, call.Shape(0)[gather], $"axis {gather}"));

        // Where the quantised axis lies in the result: those of the indices stand for the gathered one.
        int axis = gather < quantized ? quantized - 1 + call.Type(1).Rank : quantized;
        int bits = IsPacked(call) ? (int)call.Int("bits") : 8;
        long[] codes = Codes(Take(call, 0, gather, rows), axis, shape[axis], bits);
        OnnxTensor scaleRows = Take(call, 2, gather, rows);
        ReadOnlySpan<double> scales = TensorElements.Read<double>(scaleRows);
        long blocks = scaleRows.Shape[axis];
        long[] zeros = call.Has(3) ? Codes(Take(call, 3, gather, rows), axis, blocks, bits) : new long[scales.Length];
        if (!call.Has(3) && IsPacked(call))
        {
            Array.Fill(zeros, 1L << (bits - 1));
        }

        long inner = Shapes.Count(shape.AsSpan(axis + 1));
        double[] result = new double[codes.Length];
        for (int i = 0; i < result.Length; i++)
        {
            long place = i / inner % shape[axis];
            long block = (i / inner / shape[axis] * blocks + place / blockSize) * inner + i % inner;
            result[i] = (codes[i] - zeros[block]) * scales[(int)block];
        }

        return [TensorElements.Create(types[0]!.ElementType, shape, result)];
    }

    private static (int Gather, int Quantized, long BlockSize) Axes(OperatorCall call)
    {
        int rank = call.Type(0).Rank;
        int gather = call.Axis(call.Int("gather_axis"), rank);
        int quantized = call.Axis(call.Int("quantize_axis"), rank);
        long blockSize = call.Int("block_size");
        long bits = call.Int("bits");
        bool fits = gather != quantized && blockSize >= 16 && (blockSize & (blockSize - 1)) == 0 && bits is 2 or 4 or 8
            && (!IsPacked(call) || (quantized == rank - 1 && gather == 0)) && call.Type(2).Rank == rank;
        return fits ? (gather, quantized, blockSize) : throw call.Invalid(
            $"gather_axis {gather}, quantize_axis {quantized}, block_size {blockSize} and bits {bits} do not go together, or the scales have other axes than the data");
    }

    // Bytes hold codes side by side along the last axis.
    private static bool IsPacked(OperatorCall call) => call.Type(0).ElementType == OnnxElementType.UInt8;

    private static long Extent(OperatorCall call, long stored) => IsPacked(call) && stored <= long.MaxValue / 8 ? stored * 8 / call.Int("bits") : stored;

    private static OnnxTensor Take(OperatorCall call, int input, int axis, long[] rows)
    {
        long[] shape = call.Shape(input);
        return AxisGather.Take(call.Value(input), axis, rows, [.. shape[..axis], .. call.Shape(1), .. shape[(axis + 1)..]]);
    }

    // Along a packed axis the last byte of a row may have codes that nobody counts.
    private static long[] Codes(OnnxTensor tensor, int axis, long extent, int bits)
    {
        if (tensor.ElementType != OnnxElementType.UInt8)
        {
            return TensorElements.ToLongs(tensor);
        }

        ReadOnlySpan<byte> bytes = TensorElements.Bytes(tensor);
        int rowBytes = (int)tensor.Shape[axis];
        long[] codes = new long[rowBytes == 0 ? 0 : bytes.Length / rowBytes * extent];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = BlockCodes.At(bytes.Slice(i / (int)extent * rowBytes, rowBytes), i % (int)extent, bits);
        }

        return codes;
    }
}
