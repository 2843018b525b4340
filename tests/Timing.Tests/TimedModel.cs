using System.Globalization;
using Flightc.Backend.Emission;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Packing;
using Flightc.Passes;
using Flightc.Passes.Tiling;
using Flightc.Schedules;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>A program compiled from a bare configuration, and what its products take.</summary>
internal sealed class TimedModel
{
    private static readonly TargetCatalog Targets = new(Path.Combine(TestData.Repository, "configs", "targets"));

    private TimedModel(string config, string target, int context)
    {
        Target = Targets.Find(target);
        using TemporaryFolder folder = new();
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder.Write("config.json", config), new DiagnosticBag());
        Graph graph = ModelImporter.Import(checkpoint, hash: false).Graph;
        graph = new Graph(graph.Name, context, graph.Inputs, graph.Weights, graph.Nodes, graph.Outputs);
        PassContext formats = new() { FormatOf = w => w.Name is "embed.weight" or "head.weight" ? new QuantizedFormat(8, 64) : new QuantizedFormat(4, 32) };
        Schedule schedule = Tiler.Tile(Pipeline.Run(graph, formats, new PassObserver()), Target.Geometry, Target.MaxPrefillTokens);
        AddressMap addresses = AddressMap.Of(schedule);
        Program = Emitter.Emit(schedule, addresses);
        Work = addresses.Work;
    }

    public Target Target { get; }

    public MachineProgram Program { get; }

    public ProgramWork Work { get; }

    /// <summary>Two layers of the width of LLaMA2-7B on the large machine: bound by HBM when it decodes.</summary>
    public static TimedModel Wide { get; } = new(Config(4096, 11008, 2, 32, 32, 4000), "u280", 2048);

    /// <summary>A small model on the small machine of uneven cores; a query head for every two.</summary>
    public static TimedModel Tiny { get; } = new(Config(128, 192, 2, 4, 2, 96), "tiny", 256);

    public static TimedModel Of(string name) => name == "wide" ? Wide : Tiny;

    public StepTiming Run(Target target, StepCase step, Explanation explanation = Explanation.None, ITimingObserver? observer = null) =>
        CycleModel.Run(Program, target, Work, step, explanation, observer);

    private static string Config(int hidden, int intermediate, int layers, int heads, int kvHeads, int vocabulary) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {
          "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "rms_norm_eps": 1e-05,
          "vocab_size": {{vocabulary}}, "hidden_size": {{hidden}}, "intermediate_size": {{intermediate}}, "num_hidden_layers": {{layers}},
          "num_attention_heads": {{heads}}, "num_key_value_heads": {{kvHeads}}, "max_position_embeddings": 4096, "tie_word_embeddings": false
        }
        """);
}
