namespace Flightc.Onnx.Evaluation;

/// <summary>A convolution of each channel over its past, which is carried from step to step.</summary>
internal sealed class CausalConvWithStateOperator() : OnnxOperator(new OperatorDefinition("CausalConvWithState", [27])
{
    Inputs = [new("input", "T"), new("weight", "T"), ParameterDefinition.Optional("bias", "T"), ParameterDefinition.Optional("past_state", "T")],
    Outputs = [new("output", "T"), new("present_state", "T")],
    Attributes = [AttributeDefinition.Text("activation", "none")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 3);
        long[] shape = call.Shape(0);
        call.RequireShape(1, shape[1], 1, -1);
        long kernel = call.Shape(1)[2];
        if (kernel < 1 || call.Text("activation") is not ("none" or "silu" or "swish"))
        {
            throw call.Invalid("the kernel is empty, or activation is none of none, silu and swish");
        }

        if (call.Has(2))
        {
            call.RequireShape(2, shape[1]);
        }

        if (call.Has(3))
        {
            call.RequireShape(3, shape[0], shape[1], kernel - 1);
        }

        return [call.Type(0), new(call.Type(0).ElementType, [shape[0], shape[1], kernel - 1])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        int length = (int)call.Shape(0)[2];
        int channels = (int)call.Shape(0)[1];
        int kernel = (int)call.Shape(1)[2];
        ReadOnlySpan<double> x = call.Read<double>(0);
        ReadOnlySpan<double> weights = call.Read<double>(1);
        ReadOnlySpan<double> bias = call.Has(2) ? call.Read<double>(2) : new double[channels];
        double[] state = call.Has(3) ? call.Read<double>(3).ToArray() : new double[types[1]!.ElementCount];
        Func<double, double> activation = call.Text("activation") == "none" ? static v => v : FloatFunctions.Swish(1);
        call.RequireBoundedWork(x.Length, kernel);
        double[] result = new double[x.Length];
        double[] row = new double[kernel - 1 + length];
        for (int line = 0; line < call.Shape(0)[0] * channels; line++)
        {
            Span<double> past = state.AsSpan(line * (kernel - 1), kernel - 1);
            past.CopyTo(row);
            x.Slice(line * length, length).CopyTo(row.AsSpan(kernel - 1));
            for (int i = 0; i < length; i++)
            {
                double sum = bias[line % channels];
                for (int k = 0; k < kernel; k++)
                {
                    sum += weights[line % channels * kernel + k] * row[i + k];
                }

                result[line * length + i] = activation(sum);
            }

            row.AsSpan(length).CopyTo(past);
        }

        return
        [
            TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, result), TensorElements.Create(types[1]!.ElementType, types[1]!.Shape, state),
        ];
    }
}
