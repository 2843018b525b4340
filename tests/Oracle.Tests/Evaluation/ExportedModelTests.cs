using Flightc.Onnx;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Reading;
using Flightc.Oracle;

namespace Flightc.Tests.Evaluation;

/// <summary>Models that came out of ONNX Runtime's own optimiser, executed by the evaluator and by ONNX Runtime.</summary>
public sealed class ExportedModelTests
{
    private const int Tokens = 3;
    private const int Past = 2;
    private const double Tolerance = 1e-4;
    private readonly RandomNumbers _random = new(5);

    [Theory]
    [InlineData("tiny-random-gpt2-fp32/past.onnx")]
    [InlineData("ort/attention_opt.onnx")]
    [InlineData("ort/attention_mha.onnx")]
    [InlineData("ort/attention_with_varied_qkv_opt.onnx")]
    public void Both_give_the_same(string file)
    {
        string path = Path.Combine(TestData.Wider("onnx", "exported"), file);
        using OnnxModel model = OnnxReader.Read(path);
        Dictionary<string, OnnxTensor> inputs = model.Graph.Inputs.ToDictionary(i => i.Name, Input, StringComparer.Ordinal);
        using IOracleSession session = TestOracle.Open(path, OracleRewrites.None);

        IReadOnlyDictionary<string, OnnxTensor> found = new Evaluator().Run(model.Graph, inputs);

        foreach ((string name, OnnxTensor wanted) in session.Run(inputs))
        {
            Assert.Equal(OnnxTensorType.Of(wanted), OnnxTensorType.Of(found[name]));
            Assert.InRange(TestOracle.Difference(TensorElements.ToFloats(found[name]), TensorElements.ToFloats(wanted)), 0, Tolerance);
        }
    }

    private OnnxTensor Input(OnnxValue value)
    {
        long[] shape = [.. value.Shape!.Select(d => d.Size ?? Extent(d.Symbol))];
        int count = (int)shape.Aggregate(1L, (a, b) => a * b);
        return value.ElementType switch
        {
            OnnxElementType.Float => TensorElements.Of(_random.Floats(count), shape),
            _ when value.Name.Contains("mask", StringComparison.Ordinal) => TensorElements.Of(value.ElementType, [.. Enumerable.Repeat(1L, count)], shape),
            _ when value.Name.Contains("position", StringComparison.Ordinal) => TensorElements.Of(value.ElementType, [.. Enumerable.Range(Past, count).Select(i => (long)i)], shape),
            _ => TensorElements.Of(value.ElementType, [.. Enumerable.Range(0, count).Select(_ => (long)_random.Below(1000))], shape),
        };
    }

    private static long Extent(string symbol) => symbol switch
    {
        "seq_len" => Tokens,
        "past_seq_len" => Past,
        "total_seq_len" => Past + Tokens,
        _ => 1,
    };
}
