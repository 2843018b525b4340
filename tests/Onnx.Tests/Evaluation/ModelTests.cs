using Flightc.Onnx;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Reading;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>Whole exported decoders, executed node by node, against what the exporter's own runtime found.</summary>
public sealed class ModelTests
{
    /// <summary>max |a - b| over max |b|.</summary>
    private const double Tolerance = 1e-4;

    private const int StepCount = 40;

    [Fact]
    public void A_decoder_with_a_past_writes_the_first_golden_tokens()
    {
        string folder = TestData.Wider("models", "tinystories-656k-onnx");
        NumpyArchive golden = new(Path.Combine(folder, "golden.npz"));
        using OnnxModel model = OnnxReader.Read(Path.Combine(folder, "decoder_with_past_opset17.onnx"));
        int[] prompt = golden.Ids("prompt_ids");
        int[] wanted = golden.Ids("greedy_ids")[..(prompt.Length + StepCount)];
        Dictionary<string, OnnxTensor> past = EmptyPast(model);

        IReadOnlyDictionary<string, OnnxTensor> step = Step(model, past, prompt, start: 0);
        Near(step["logits"], golden.Floats("prefill_logits").Values);
        Near(step["present.0.key"], golden.Floats("present_0_key").Values);
        List<int> ids = [.. prompt];
        while (ids.Count < wanted.Length)
        {
            ids.Add(Largest(step["logits"]));
            past = past.Keys.ToDictionary(name => name, name => step[name.Replace("past_key_values", "present", StringComparison.Ordinal)], StringComparer.Ordinal);
            step = Step(model, past, [ids[^1]], ids.Count - 1);
        }

        Assert.Equal(wanted, ids);
    }

    [Fact]
    public void A_decoder_without_a_past_gives_the_golden_logits()
    {
        string folder = TestData.Wider("models", "tinystories-656k-onnx");
        NumpyArchive golden = new(Path.Combine(folder, "golden.npz"));
        using OnnxModel model = OnnxReader.Read(Path.Combine(folder, "decoder_nopast_opset14.onnx"));
        int[] prompt = golden.Ids("prompt_ids");
        Near(Run(model, ("input_ids", Ids(prompt)), ("attention_mask", Ones(prompt.Length)))["logits"], golden.Floats("prefill_logits").Values);
    }

    [Fact]
    public void A_decoder_of_opset_13_gives_the_golden_logits()
    {
        string folder = TestData.Wider("models", "gpt2-char-shakespeare");
        NumpyArchive golden = new(Path.Combine(folder, "golden.npz"));
        using OnnxModel model = OnnxReader.Read(Path.Combine(folder, "decoder_opset13.onnx"));
        Near(Run(model, ("input_ids", Ids(golden.Ids("prompt_ids"))))["logits"], golden.Floats("prefill_logits").Values);
    }

    [Theory]
    [InlineData("prefill")]
    [InlineData("decode")]
    public void A_decoder_that_writes_into_its_cache_gives_the_golden_results(string phase)
    {
        string folder = TestData.Wider("onnx", "exported", "static-scatter-bias-decoder");
        NumpyArchive golden = new(Path.Combine(folder, "golden_io.npz"));
        using OnnxModel model = OnnxReader.Read(Path.Combine(folder, "model.onnx"));
        (string, OnnxTensor)[] inputs = [.. model.Graph.Inputs.Select(i => (i.Name, Read(golden, $"{phase}_in.{i.Name}", i)))];
        IReadOnlyDictionary<string, OnnxTensor> outputs = Run(model, inputs);
        foreach (OnnxValue output in model.Graph.Outputs)
        {
            Near(outputs[output.Name], golden.Floats($"{phase}_out.{output.Name}").Values);
        }
    }

    private static IReadOnlyDictionary<string, OnnxTensor> Step(OnnxModel model, Dictionary<string, OnnxTensor> past, int[] ids, int start)
    {
        long[] positions = [.. Enumerable.Range(start, ids.Length).Select(i => (long)i)];
        (string, OnnxTensor)[] inputs =
        [
            ("input_ids", Ids(ids)), ("attention_mask", Ones(start + ids.Length)), ("position_ids", TensorElements.Of(positions, 1, ids.Length)),
            .. past.Select(p => (p.Key, p.Value)),
        ];
        return Run(model, inputs);
    }

    private static Dictionary<string, OnnxTensor> EmptyPast(OnnxModel model) => model.Graph.Inputs
        .Where(i => i.Name.StartsWith("past", StringComparison.Ordinal))
        .ToDictionary(i => i.Name, _ => TensorElements.Of(Array.Empty<float>(), 1, 4, 0, 16), StringComparer.Ordinal);

    private static OnnxTensor Read(NumpyArchive archive, string name, OnnxValue value)
    {
        if (value.ElementType == OnnxElementType.Int64)
        {
            long[] ids = Array.ConvertAll(archive.Ids(name), i => (long)i);
            return TensorElements.Of(ids, value.Shape!.Count == 1 ? [ids.Length] : [1, ids.Length]);
        }

        (float[] values, int[] shape) = archive.Floats(name);
        return TensorElements.Of(values, Array.ConvertAll(shape, e => (long)e));
    }

    private static IReadOnlyDictionary<string, OnnxTensor> Run(OnnxModel model, params (string Name, OnnxTensor Value)[] inputs) =>
        new Evaluator().Run(model.Graph, inputs.ToDictionary(i => i.Name, i => i.Value, StringComparer.Ordinal));

    private static OnnxTensor Ids(int[] ids) => TensorElements.Of(Array.ConvertAll(ids, i => (long)i), 1, ids.Length);

    private static OnnxTensor Ones(int count) => TensorElements.Of(Enumerable.Repeat(1L, count).ToArray(), 1, count);

    private static int Largest(OnnxTensor logits)
    {
        float[] values = TensorElements.ToFloats(logits);
        ReadOnlySpan<float> last = values.AsSpan(values.Length - (int)logits.Shape[^1]);
        int best = 0;
        for (int i = 1; i < last.Length; i++)
        {
            best = last[i] > last[best] ? i : best;
        }

        return best;
    }

    private static void Near(OnnxTensor found, float[] wanted)
    {
        float[] values = TensorElements.ToFloats(found);
        Assert.Equal(wanted.Length, values.Length);
        double difference = values.Zip(wanted, (a, b) => Math.Abs((double)a - b)).Max();
        double largest = wanted.Max(Math.Abs);
        Assert.True(difference <= Tolerance * largest, $"{found.Name} differs by {difference / largest} of its largest value");
    }
}
