using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Onnx.Reading;
using Flightc.Oracle;

namespace Flightc.Tests;

/// <summary>Files of other exporters: raised, or refused with a reason.</summary>
public sealed class ExportedFileTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void A_static_decoder_with_written_caches_says_what_was_recorded()
    {
        NumpyArchive golden = new(TestData.Wider("onnx", "exported", "static-scatter-bias-decoder", "golden_io.npz"));
        using OnnxModel model = OnnxReader.Read(TestData.Wider("onnx", "exported", "static-scatter-bias-decoder", "model.onnx"));
        ImportedModel raised = RaisedModels.Import(model);

        float[] logits = RaisedModels.Logits(raised, [.. golden.Ids("prefill_in.input_ids"), .. golden.Ids("decode_in.input_ids")]);

        int vocabulary = raised.Config.VocabularySize;
        Assert.InRange(TestOracle.Difference(logits.AsSpan(0, 4 * vocabulary), golden.Floats("prefill_out.logits").Values), 0, Tolerance);
        Assert.InRange(TestOracle.Difference(logits.AsSpan(4 * vocabulary), golden.Floats("decode_out.logits").Values), 0, Tolerance);
        Assert.Equal(16, raised.Graph.ContextLength);
        Assert.All(raised.Config.Layers, layer => Assert.Equal(8, layer.Window));
    }

    [Fact]
    public void A_static_decoder_with_a_window_agrees_with_the_oracle_beyond_it()
    {
        string path = TestData.Wider("onnx", "exported", "static-scatter-bias-decoder", "model.onnx");
        int[] ids = [7, 3, 200, 41, 18, 99, 255, 0, 13, 77, 150, 31, 4, 5];
        using OnnxModel model = OnnxReader.Read(path);
        float[] logits = RaisedModels.Logits(RaisedModels.Import(model), ids);

        long[] positions = [.. ids.Select((_, i) => (long)i)];
        float[] cache = new float[16 * 32];
        IReadOnlyDictionary<string, OnnxTensor> expected = TestOracle.Run(
            path, ("input_ids", OracleTensor.OfIds(ids)), ("position_ids", OracleTensor.Of(positions, 1, ids.Length)),
            ("key_cache.0", OracleTensor.Of(cache, 1, 16, 32)), ("value_cache.0", OracleTensor.Of(cache, 1, 16, 32)),
            ("key_cache.1", OracleTensor.Of(cache, 1, 16, 32)), ("value_cache.1", OracleTensor.Of(cache, 1, 16, 32)),
            ("write_indices", OracleTensor.Of([0L], 1)), ("nonpad_kv_seqlen", OracleTensor.Of([(long)ids.Length], 1)));
        Assert.InRange(TestOracle.Difference(logits, OracleTensor.Floats(expected["logits"])), 0, Tolerance);
    }

    [Fact]
    public void An_optimised_gpt2_agrees_with_the_oracle()
    {
        string path = TestData.Wider("onnx", "exported", "tiny-random-gpt2-fp32", "past.onnx");
        int[] ids = [5, 981, 3, 42, 77, 500, 12, 12, 8];
        using OnnxModel model = OnnxReader.Read(path);
        float[] logits = RaisedModels.Logits(RaisedModels.Import(model), ids);

        int[] whole = [.. Enumerable.Range(0, ids.Length)];
        List<(string, OnnxTensor)> inputs =
        [
            ("input_ids", OracleTensor.Of(ids, 1, ids.Length)), ("position_ids", OracleTensor.Of(whole, 1, ids.Length)),
            ("attention_mask", OracleTensor.Of(Array.ConvertAll(ids, _ => 1), 1, ids.Length)),
        ];
        inputs.AddRange(Enumerable.Range(0, 5).Select(i => ($"past_{i}", OracleTensor.Of(ReadOnlySpan<float>.Empty, 2, 1, 4, 0, 8))));
        float[] expected = OracleTensor.Floats(TestOracle.Run(path, [.. inputs])["logits"]);
        Assert.InRange(TestOracle.Difference(logits, expected), 0, Tolerance);
    }

    [Theory]
    [InlineData("attention_mha.onnx")]
    [InlineData("attention_opt.onnx")]
    [InlineData("attention_with_varied_qkv_opt.onnx")]
    public void Fragments_of_models_are_refused_with_what_is_missing(string file)
    {
        using OnnxModel model = OnnxReader.Read(TestData.Wider("onnx", "exported", "ort", file));

        CompilationException refused = Assert.Throws<CompilationException>(() => RaisedModels.Import(model));

        Assert.All(refused.Diagnostics, d => Assert.Equal(Codes.OnnxModelUnsupported, d.Code));
        Assert.Contains(refused.Diagnostics, d => d.Message.Contains("input_1", StringComparison.Ordinal));
        Assert.Contains(refused.Diagnostics, d => d.Message.Contains("token ids", StringComparison.Ordinal));
        Assert.All(refused.Diagnostics, d => Assert.NotEmpty(d.Help));
    }

    [Fact]
    public void Files_that_are_no_decoders_are_refused_with_codes()
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(TestData.Wider("onnx", "backend"), "model.onnx", SearchOption.AllDirectories),
            .. Directory.EnumerateFiles(TestData.Wider("malformed", "onnx-malformed"), "*.onnx"),
        ];
        Assert.True(files.Length > 1000);
        foreach (string file in files)
        {
            // Whatever else came out would be a mistake of ours, and fails this test.
            CompilationException refused = Assert.Throws<CompilationException>(() =>
            {
                using OnnxModel model = OnnxReader.Read(file);
                _ = RaisedModels.Import(model);
            });
            Assert.StartsWith("FLC1", refused.Diagnostics.First(d => d.Severity == Severity.Error).Code, StringComparison.Ordinal);
        }
    }
}
