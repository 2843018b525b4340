using System.Text.Json;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>The float executor against an export of the same weights that another runtime executed, and against a measured loss.</summary>
public sealed class FloatExecutorGoldenTests
{
    [Fact]
    public void Prefill_logits_and_the_first_cache_agree_with_the_exported_model()
    {
        NumpyArchive golden = new(TestData.Wider("models", "tinystories-656k-onnx", "golden.npz"));
        using HuggingFaceCheckpoint checkpoint = Open();
        ImportedModel model = ModelImporter.Import(checkpoint);
        FloatExecutor executor = new(model.Graph, model.Weights);
        Recorder recorder = new();

        float[][] logits = executor.Run(executor.NewSequence(), golden.Ids("prompt_ids"), recorder);

        Close(golden.Floats("prefill_logits").Values, [.. logits.SelectMany(row => row)]);
        Close(ByHead(golden.Floats("present_0_key")), recorder.ValuesOf("layers.0.attn.k.rotary"));
        Close(ByHead(golden.Floats("present_0_value")), recorder.ValuesOf("layers.0.attn.v"));
    }

    [Fact]
    public void Greedy_ids_equal_those_of_the_exported_model()
    {
        NumpyArchive golden = new(TestData.Wider("models", "tinystories-656k-onnx", "golden.npz"));
        using HuggingFaceCheckpoint checkpoint = Open();
        ImportedModel model = ModelImporter.Import(checkpoint);
        FloatExecutor executor = new(model.Graph, model.Weights);
        FloatSequence sequence = executor.NewSequence();
        int[] prompt = golden.Ids("prompt_ids");
        int[] expected = golden.Ids("greedy_ids")[prompt.Length..];

        float[] last = executor.Run(sequence, prompt)[^1];
        List<int> ids = [];
        while (ids.Count < expected.Length)
        {
            ids.Add(last.IndexOf(last.Max()));
            last = executor.Run(sequence, [ids[^1]])[0];
        }

        Assert.True(expected.Length > 100);
        Assert.Equal(expected, ids);
    }

    [Fact]
    public void The_loss_of_the_sample_model_on_held_out_stories_is_near_the_published_one()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint);
        FloatExecutor executor = new(model.Graph, model.Weights);
        (double nats, int count) = (0, 0);
        foreach (string line in File.ReadLines(TestData.Wider("text", "stories-valid.jsonl")).Take(60))
        {
            int[] text = [.. JsonDocument.Parse(line).RootElement.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32())];
            int[] ids = [model.Config.BosTokenId!.Value, .. text.SkipWhile(id => id == model.Config.BosTokenId)];
            ids = ids[..Math.Min(ids.Length, model.Graph.ContextLength)];
            float[][] logits = executor.Run(executor.NewSequence(), ids);
            for (int t = 0; t + 1 < ids.Length; t++)
            {
                double largest = logits[t].Max();
                nats += Math.Log(logits[t].Sum(l => Math.Exp(l - largest))) + largest - logits[t][ids[t + 1]];
                count++;
            }
        }

        Assert.True(count > 10_000, $"{count} positions");

        // 2.127 was measured over windows that cross stories; a story by itself, after its own first token, is a little easier.
        Assert.InRange(nats / count, 2.09, 2.14);
    }

    private static HuggingFaceCheckpoint Open() =>
        HuggingFaceCheckpoint.Open(TestData.Wider("models", "tinystories-656k"), new DiagnosticBag());

    private static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float largest = expected.Max(Math.Abs);
        float difference = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(difference <= 1e-4f * largest, $"differ by {difference} where the largest is {largest}");
    }

    // (heads, tokens, d) to (tokens, heads · d)
    private static float[] ByHead((float[] Values, int[] Shape) array)
    {
        (int heads, int tokens, int d) = (array.Shape[0], array.Shape[1], array.Shape[2]);
        float[] rows = new float[array.Values.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            (int head, int token, int element) = (i / d / tokens, i / d % tokens, i % d);
            rows[(token * heads + head) * d + element] = array.Values[i];
        }

        return rows;
    }
}
