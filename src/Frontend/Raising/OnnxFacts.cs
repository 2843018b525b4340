using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Raising;

/// <summary>What the files beside an ONNX file say of its model: <c>config.json</c> of the hub, <c>genai_config.json</c> of onnxruntime-genai.</summary>
/// <param name="ModelType">Such as <c>llama</c>; null where nothing says it.</param>
/// <param name="Positions">Positions the model was made for.</param>
/// <param name="BosTokenId">The id that begins a sequence.</param>
/// <param name="EosTokenIds">The ids that end one.</param>
/// <param name="ConfigPath">The <c>config.json</c>, or null where there is none.</param>
internal sealed record OnnxFacts(string? ModelType, int? Positions, int? BosTokenId, int[] EosTokenIds, string? ConfigPath = null)
{
    private const int MaxPositions = 1 << 30;
    private const int MaxId = 1 << 24;
    private const string Hub = "config.json";

    private static readonly string[] PositionKeys = ["max_position_embeddings", "n_positions", "max_sequence_length", "n_ctx", "context_length"];

    /// <summary>Reads them; what is wrong with them is reported as warnings would be: the graph alone decides what the model is.</summary>
    public static OnnxFacts Beside(string modelPath, DiagnosticBag bag)
    {
        string folder = OnnxFiles.Of(modelPath).Folder;
        foreach (string name in (string[])[Hub, "genai_config.json"])
        {
            string path = Path.Combine(folder, name);
            DiagnosticBag own = new();
            if (File.Exists(path) && ConfigFile.TryRead(path, own, Read) is { } facts)
            {
                return name == Hub ? facts with { ConfigPath = path } : facts;
            }

            foreach (Diagnostic problem in own.Items)
            {
                bag.Warning(problem.Code, problem.Message, problem.Location, problem.Help);
            }
        }

        return new OnnxFacts(null, null, null, []);
    }

    /// <summary>The configuration that a decoder amounts to.</summary>
    public ModelConfig ConfigOf(RaisedDecoder decoder, Graph graph)
    {
        RaisedLayer first = decoder.Layers[0];
        return new ModelConfig
        {
            Architecture = OnnxFamily.Architecture,
            VocabularySize = (int)decoder.Head.Weight.Shape[0],
            HiddenSize = decoder.Embedding.Columns,
            IntermediateSize = first.Up.Columns,
            LayerCount = decoder.Layers.Count,
            HeadCount = first.Attention.Heads,
            KeyValueHeadCount = first.Attention.KvHeads,
            HeadSize = first.Attention.HeadSize,
            NormEpsilon = first.MlpNorm.Epsilon,
            RopeTheta = first.Attention.Rotary?.Theta ?? 1,
            MaxPositions = graph.ContextLength,
            TiesEmbeddings = graph.Weights.All(w => w.Name != DecoderGraph.Head),
            BosTokenId = BosTokenId,
            EosTokenIds = EosTokenIds,
            Norms = new NormSettings(first.MlpNorm.Kind, first.MlpNorm.Bias is not null, first.MlpPostNorm is not null),
            Attention = new AttentionSettings(
                (first.Attention.V as LinearTerm)?.Bias is not null, first.Output.Bias is not null, first.Attention.Q is NormTerm, first.Attention.Scale,
                first.Attention.Cap),
            Mlp = new MlpSettings(first.Function, first.Gate is not null, first.Up.Bias is not null),
            Ends = new EmbeddingSettings(decoder.Embedding.Scale, PositionOffset: decoder.Positions?.Offset, LogitCap: decoder.Cap),
            Layers = [.. decoder.Layers.Select(l => new LayerSettings(l.Attention.Rotary, l.Attention.Window))],
        };
    }

    private static OnnxFacts Read(ConfigReader config)
    {
        ConfigReader text = config.Inside("text_config") ?? config.Inside("model") ?? config;
        int? positions = null;
        foreach (string key in PositionKeys)
        {
            positions ??= text.Has(key) ? text.Integer(key, 1, MaxPositions) : null;
        }

        return new OnnxFacts(
            text.Text("model_type") ?? text.Text("type"), positions, text.IsPresent("bos_token_id") ? text.Integer("bos_token_id", 0, MaxId - 1) : null,
            text.IsPresent("eos_token_id") ? text.Ids("eos_token_id", MaxId) ?? [] : []);
    }
}
