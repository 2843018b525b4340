using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Export;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx.Reading;
using Flightc.Oracle;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>The sample model, exported to files and executed by ONNX Runtime.</summary>
public sealed class StoryExportTests : IDisposable
{
    private const double Tolerance = 1e-4;

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 40).Select(i => 1 + i * 37 % 1000)];

    private readonly TemporaryFolder _folder = new();
    private readonly HuggingFaceCheckpoint _checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
    private readonly ImportedModel _model;
    private IOracleSession? _session;

    public StoryExportTests() => _model = ModelImporter.Import(_checkpoint, hash: false);

    public void Dispose()
    {
        _session?.Dispose();
        _checkpoint.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_prompt_and_what_follows_have_the_logits_of_the_float_executor(bool hasPast)
    {
        OracleDecoder decoder = Export(_model.Graph, null, new ExportOptions(HasPast: hasPast));
        FloatExecutor executor = new(_model.Graph, _model.Weights);
        FloatSequence sequence = executor.NewSequence();

        Assert.InRange(TestOracle.Difference(Joined(decoder.Run(Prompt)), Joined(executor.Run(sequence, Prompt))), 0, Tolerance);
        for (int id = 5; id < 9; id++)
        {
            Assert.InRange(TestOracle.Difference(decoder.Run([id])[0], executor.Run(sequence, [id])[0]), 0, Tolerance);
        }
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(4, 4)]
    public void What_an_image_computes_is_exported_to_the_last_bit(int bits, int cacheBits)
    {
        Graph graph = Pipeline.Run(
            _model.Graph, new PassContext { FormatOf = _ => new QuantizedFormat(bits, 64), CacheBits = cacheBits }, new PassObserver());
        RoundToNearestWeights codes = new(graph, _model.Weights);
        OracleDecoder decoder = Export(graph, codes, new ExportOptions());
        QuantizedInterpreter judge = new(graph, _model.Weights, codes);

        Assert.Equal(judge.Run(Prompt), decoder.Run(Prompt));
        for (int id = 5; id < 9; id++)
        {
            Assert.Equal(judge.Run([id]), decoder.Run([id]));
        }
    }

    [Fact]
    public void Several_sequences_of_one_length_run_side_by_side()
    {
        Export(_model.Graph, null, new ExportOptions());
        int[] other = [.. Prompt.Reverse()];
        using IOracleSession session = TestOracle.Open(_folder["model.onnx"]);
        var inputs = session.Inputs.ToDictionary(i => i.Name, i => i.Name == "input_ids"
            ? OracleTensor.Of([.. Prompt.Concat(other).Select(id => (long)id)], 2, Prompt.Length)
            : OracleTensor.Of(ReadOnlySpan<float>.Empty, 2, i.Shape![1].Size!.Value, 0, i.Shape[3].Size!.Value));

        float[] together = OracleTensor.Floats(session.Run(inputs, "logits")["logits"]);

        FloatExecutor executor = new(_model.Graph, _model.Weights);
        float[][] expected = [.. executor.Run(executor.NewSequence(), Prompt), .. executor.Run(executor.NewSequence(), other)];
        Assert.InRange(TestOracle.Difference(together, Joined(expected)), 0, Tolerance);
    }

    [Fact]
    public void What_is_written_can_be_read_again_and_is_the_same_every_time()
    {
        ExportFile.Write(_folder["a.onnx"], GraphExport.Build(_model.Graph, _model.Weights, null, new ExportOptions()));
        ExportFile.Write(_folder["b.onnx"], GraphExport.Build(_model.Graph, _model.Weights, null, new ExportOptions()));

        Assert.Equal(["a.onnx", "a.onnx.data", "b.onnx", "b.onnx.data"], _folder.Files);
        Assert.Equal(File.ReadAllBytes(_folder["a.onnx.data"]), File.ReadAllBytes(_folder["b.onnx.data"]));
        using Onnx.OnnxModel read = OnnxReader.Read(_folder["a.onnx"]);
        Onnx.OnnxTensor embedding = read.Graph.Initializers["embed.weight"];
        Assert.Equal((Onnx.OnnxElementType.BFloat16, 1024L, 256L), (embedding.ElementType, embedding.Shape[0], embedding.Shape[1]));
    }

    private OracleDecoder Export(Graph graph, IQuantizedWeights? codes, ExportOptions options)
    {
        ExportFile.Write(_folder["model.onnx"], GraphExport.Build(graph, _model.Weights, codes, options));
        _session = TestOracle.Open(_folder["model.onnx"]);
        return new OracleDecoder(_session, "model.onnx");
    }

    private static float[] Joined(float[][] rows) => [.. rows.SelectMany(row => row)];
}
