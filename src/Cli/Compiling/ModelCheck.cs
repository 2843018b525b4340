using System.Text.Json.Nodes;
using Flightc.Chat;
using Flightc.Checkpoints;
using Flightc.Cli.Commands;
using Flightc.Cli.Oracles;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Tokenizers;

namespace Flightc.Cli.Compiling;

/// <summary>What is in a model, and everything that keeps it from being compiled.</summary>
internal sealed class ModelCheck
{
    // Elements read at once.
    private const int Piece = 1 << 20;

    private readonly string _path;
    private readonly int? _length;
    private readonly bool _readsWeights;
    private readonly DiagnosticBag _bag = new();
    private ImportedModel? _model;
    private Tokenizer? _tokenizer;
    private ChatDefinition? _chat;
    private bool _hasWeights;
    private bool _hasTokenizerFiles;
    private bool _hasBadChat;
    private List<(string Type, int Tensors, long Elements, long Bytes)> _types = [];

    private ModelCheck(string path, int? length, bool readsWeights) => (_path, _length, _readsWeights) = (path, length, readsWeights);

    /// <summary>0 if it can be compiled; otherwise that of the first problem.</summary>
    public ExitCode ExitCode =>
        _bag.Items.FirstOrDefault(d => d.Severity == Severity.Error) is { } first
            ? Codes.ExitCodeOf(first.Code)
            : ExitCode.Success;

    /// <summary>Checks a model.</summary>
    /// <param name="path">What the user named.</param>
    /// <param name="length">The longest sequence that is wanted; null for the model's own.</param>
    /// <param name="readsWeights">Whether every weight is read; otherwise headers alone, whatever the size of the files.</param>
    /// <param name="invocation">Progress and interruption.</param>
    public static ModelCheck Of(string path, int? length, bool readsWeights, Invocation invocation)
    {
        ModelCheck check = new(path, length, readsWeights);
        check.Gather(() => check.Look(invocation));
        return check;
    }

    /// <summary>Writes what was found to standard output, problems to standard error.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="finding">Of a comparison with an oracle; null where there was none.</param>
    public void Write(Output output, OracleFinding? finding = null)
    {
        output.Report(_bag.Items);
        if (output.IsJson)
        {
            output.WriteJson(ToJson(finding));
            return;
        }

        if (_model is not null)
        {
            WriteModel(_model, output);
        }

        if (finding is not null)
        {
            OracleReport.Write(finding, output);
        }

        string verdict = ExitCode == ExitCode.Success
            ? _hasWeights
            ? "can be compiled"
            : "can be compiled once its weights are there; 'flightc estimate' works already"
            : "cannot be compiled as it is";
        output.Results.WriteLine($"{_path} {verdict}");
    }

    private void Look(Invocation invocation)
    {
        using HuggingFaceCheckpoint checkpoint = ModelFile.Open(_path, _bag);
        _hasWeights = checkpoint.HasWeights;
        _types = checkpoint.Onnx is { } onnx
            ? Types(onnx.Graph.Initializers.Values.Select(t => (t.ElementType.OnnxName(), t.ElementCount, t.Data.Length)))
            : Types(checkpoint.Tensors.Select(t => (t.ElementType.ToString(), t.ElementCount, t.ByteLength)));
        _hasTokenizerFiles = Tokenizer.FilesOf(checkpoint.Folder).Count > 0;
        Gather(() => _tokenizer = _hasTokenizerFiles ? Tokenizer.Load(checkpoint.Folder) : null, Severity.Warning);
        int problems = _bag.Items.Count;
        Gather(() => _chat = ChatFiles.Read(checkpoint.Folder), Severity.Warning);
        _hasBadChat = _bag.Items.Count > problems;
        Gather(() => _ = checkpoint.GenerationConfigPath is { } path ? GenerationConfig.Read(path) : null);
        Gather(() =>
        {
            ImportedModel model = ModelImporter.Import(checkpoint, hash: false, _length);
            AddAll(model.Diagnostics, Severity.Error);
            _model = model;
            if (_length is not null)
            {
                _ = CompileInputs.ContextLength(model.Config, _length, checkpoint.ConfigPath, _bag);
            }

            if (_tokenizer?.VocabularySize > model.Config.VocabularySize)
            {
                _bag.Warning(
                    Codes.TokenizerInvalid,
                    $"the tokenizer has {_tokenizer.VocabularySize} ids, the model {model.Config.VocabularySize}: some texts cannot be run",
                    checkpoint.Folder, "see whether tokenizer and model belong together");
            }

            if (checkpoint.HasWeights && _readsWeights)
            {
                ReadWeights(model, invocation);
            }
        });
    }

    private static List<(string Type, int Tensors, long Elements, long Bytes)> Types(IEnumerable<(string Type, long Elements, long Bytes)> tensors) =>
    [
        .. tensors.GroupBy(t => t.Type).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.Count(), g.Sum(t => t.Elements), g.Sum(t => t.Bytes))),
    ];

    private void ReadWeights(ImportedModel model, Invocation invocation)
    {
        IReadOnlyList<Weight> weights = model.Graph.Weights;
        DiagnosticBag[] found = [.. weights.Select(_ => new DiagnosticBag())];
        int done = 0;
        ProgressBar.Run(
            invocation.Output, "reading weights",
            progress => Parallel.For(0, weights.Count, new ParallelOptions { CancellationToken = invocation.Token }, i =>
        {
            ReadWeight(weights[i], model.Weights, found[i]);
            progress((double)Interlocked.Increment(ref done) / weights.Count);
        }));
        foreach (DiagnosticBag bag in found)
        {
            AddAll(bag.Items, Severity.Error);
        }
    }

    private static void ReadWeight(Weight weight, IWeights data, DiagnosticBag bag)
    {
        long elements = weight.Type.Shape.Aggregate(1L, (n, d) => n * d.Size);
        float[] values = new float[Math.Min(elements, Piece)];
        try
        {
            for (long at = 0; at < elements; at += values.Length)
            {
                data.Read(weight.Name, at, values.AsSpan(0, (int)Math.Min(values.Length, elements - at)));
            }
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic fault in e.Diagnostics)
            {
                bag.Error(fault.Code, fault.Message, fault.Location, fault.Help);
            }
        }
    }

    private void Gather(Action look, Severity worst = Severity.Error)
    {
        try
        {
            look();
        }
        catch (CompilationException e)
        {
            AddAll(e.Diagnostics, worst);
        }
    }

    private void AddAll(IEnumerable<Diagnostic> diagnostics, Severity worst)
    {
        foreach (Diagnostic d in diagnostics)
        {
            Action<string, string, string, string> add = d.Severity switch
            {
                Severity.Error when worst is Severity.Error => _bag.Error,
                Severity.Note => _bag.Note,
                Severity.Error or Severity.Warning => _bag.Warning,
            };
            add(d.Code, d.Message, d.Location, d.Help);
        }
    }

    private void WriteModel(ImportedModel model, Output output)
    {
        ModelConfig config = model.Config;
        string tokenizer = _tokenizer is null
            ? _hasTokenizerFiles ? "none that can be used" : "none; its files belong beside the model"
            : $"{Quantity.Count(_tokenizer.VocabularySize)} ids";
        GraphFacts facts = GraphFacts.Of(model.Graph);
        string tied = config.TiesEmbeddings ? ", embedding and head are one" : "";
        Tables.WriteFacts(
            output,
            [
                ("family", $"{config.Family.Title} ({config.Architecture})"),
                ("weights", $"{Quantity.Count(Compilation.WeightCount(model.Graph))}{tied}"),
                ("layers", Quantity.Count(config.LayerCount)),
                ("hidden size", Quantity.Count(config.HiddenSize)),
                ("feed-forward size", Quantity.Count(config.IntermediateSize)),
                ("heads", $"{config.HeadCount} of {config.HeadSize}, {config.KeyValueHeadCount} for keys and values"),
                ("vocabulary", Quantity.Count(config.VocabularySize)),
                ("context", $"{Quantity.Count(config.MaxPositions)} tokens"),
                .. FactWords.Of(facts, config.RopeScaling),
                .. TransformFacts.Of(model).Select((what, i) => (i == 0 ? "taken differently" : "", what)),
                .. model.Stored is { } stored ? [("stored as codes", $"{stored.Matrices} matrices, {stored.Format}")] : Array.Empty<(string, string)>(),
                ("tokenizer", tokenizer),
                ("chat template", _chat is null ? _hasBadChat ? "none that can be used" : "none" : Path.GetFileName(_chat.Location)),
            ]);
        if (_types.Count > 0)
        {
            Tables.Write(
                output, "tensors in the checkpoint", ["type", ">tensors", ">elements", ">bytes"],
                _types.Select(
                    t => (IReadOnlyList<string>)[t.Type, Quantity.Count(t.Tensors), Quantity.Count(t.Elements), Quantity.Bytes(t.Bytes)]));
        }
    }

    private JsonObject ToJson(OracleFinding? finding)
    {
        GraphFacts? facts = _model is null ? null : GraphFacts.Of(_model.Graph);
        return ToJson(facts, finding);
    }

    private JsonObject ToJson(GraphFacts? facts, OracleFinding? finding) => new()
    {
        ["model"] = _path,
        ["is_supported"] = ExitCode == ExitCode.Success,
        ["has_weights"] = _hasWeights,
        ["architecture"] = _model?.Config.Architecture,
        ["family"] = _model?.Config.Family.Name,
        ["weight_count"] = _model is null ? null : Compilation.WeightCount(_model.Graph),
        ["layers"] = _model?.Config.LayerCount,
        ["hidden_size"] = _model?.Config.HiddenSize,
        ["intermediate_size"] = _model?.Config.IntermediateSize,
        ["heads"] = _model?.Config.HeadCount,
        ["kv_heads"] = _model?.Config.KeyValueHeadCount,
        ["head_dim"] = _model?.Config.HeadSize,
        ["vocabulary_size"] = _model?.Config.VocabularySize,
        ["context_length"] = _model?.Config.MaxPositions,
        ["is_tied"] = _model?.Config.TiesEmbeddings,
        ["norms"] = facts?.Norms,
        ["has_head_norms"] = facts?.HasHeadNorms,
        ["has_post_norms"] = facts?.HasPostNorms,
        ["activation"] = facts?.Activation,
        ["is_gated"] = facts?.IsGated,
        ["biased"] = facts is null ? null : new JsonArray([.. facts.Biased.Select(name => (JsonNode)name)]),
        ["embedding_scale"] = facts?.EmbeddingScale,
        ["learned_positions"] = facts?.LearnedPositions,
        ["score_scale"] = facts?.ScoreScale,
        ["score_cap"] = facts?.ScoreCap,
        ["logit_cap"] = facts?.LogitCap,
        ["layer_kinds"] = facts is null ? null : Json.Array(
            facts.LayerKinds,
            kind => new JsonObject
            {
                ["layers"] = kind.Layers,
                ["window"] = kind.Window == 0 ? null : kind.Window,
                ["rotary_theta"] = kind.Rotary?.Theta,
                ["rotary_elements"] = kind.Rotary?.Dim,
                ["rotary_magnitude"] = kind.Rotary?.Magnitude,
                ["least_divisor"] = kind.LeastDivisor,
                ["largest_divisor"] = kind.LargestDivisor,
            }),
        ["rotary_scaling"] = string.IsNullOrEmpty(_model?.Config.RopeScaling) ? null : _model.Config.RopeScaling,
        ["transforms"] = _model is null ? null : new JsonArray([.. TransformFacts.Of(_model).Select(what => (JsonNode)what)]),
        ["stored_codes"] = _model?.Stored is { } stored ? new JsonObject { ["format"] = stored.Format, ["matrices"] = stored.Matrices } : null,
        ["tokenizer_ids"] = _tokenizer?.VocabularySize,
        ["has_chat_template"] = _chat is not null,
        ["tensor_types"] = Json.Array(
            _types,
            t => new JsonObject { ["type"] = t.Type, ["tensors"] = t.Tensors, ["elements"] = t.Elements, ["bytes"] = t.Bytes }),
        ["oracle"] = OracleReport.ToJson(finding),
        ["diagnostics"] = Json.Of(_bag.Items),
    };
}
