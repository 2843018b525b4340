using Flightc.Backend.Emission;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Tiling;
using Flightc.Recipes;
using Flightc.Schedules;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>A known model's shape, mapped onto a machine.</summary>
internal sealed class ShapedModel
{
    private static readonly TargetCatalog Targets = new(Path.Combine(TestData.Repository, "configs", "targets"));
    private static readonly RecipeCatalog Recipes = new(Path.Combine(TestData.Repository, "configs", "recipes"));

    private ShapedModel(Graph graph, Target target, MappingOptions? options)
    {
        (Graph, Target) = (graph, target);
        Schedule = Tiler.Tile(graph, target.Geometry, target.MaxPrefillTokens, options);
    }

    public Graph Graph { get; }

    public Target Target { get; }

    public Schedule Schedule { get; }

    /// <summary>Maps a model of samples/shapes; instead of a recipe there can be a format for all but the embedding.</summary>
    public static ShapedModel Of(string shape, string target, string recipe, int context, MappingOptions? options = null, Func<Graph, AttentionMasks>? masks = null)
    {
        string config = Path.Combine(TestData.Repository, "samples", "shapes", $"{shape}.json");
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(config, new DiagnosticBag());
        Graph graph = ModelImporter.Import(checkpoint, hash: false).Graph;
        graph = new Graph(graph.Name, context, graph.Inputs, graph.Weights, graph.Nodes, graph.Outputs);
        graph = masks?.Invoke(graph).ApplyTo(graph) ?? graph;
        PassContext passes = new() { FormatOf = FormatsOf(recipe) };
        return new ShapedModel(Pipeline.Run(graph, passes, new PassObserver()), Targets.Find(target), options);
    }

    /// <summary>Maps a decoder of any settings, without weights.</summary>
    public static ShapedModel Of(DecoderSettings settings, string target, string recipe, MappingOptions? options = null) => new(
        Pipeline.Run(new RandomDecoder(settings, null).Graph, new PassContext { FormatOf = FormatsOf(recipe) }, new PassObserver()),
        Targets.Find(target), options);

    private static Func<Weight, QuantizedFormat?> FormatsOf(string recipe)
    {
        if (QuantizedFormat.Parse(recipe) is { } format)
        {
            return w => w.Name == "embed.weight" ? new QuantizedFormat(8, 64) : format;
        }

        Recipe formats = Recipes.Find(recipe);
        return w => formats.FormatOf(w.Name, w.Name == "embed.weight", w.Name == "head.weight");
    }

    /// <summary>The cycle model of its program.</summary>
    public CycleModel CycleModel() => CycleModelOf(Schedule, Target);

    /// <summary>The cycle model of a Schedule's program.</summary>
    public static CycleModel CycleModelOf(Schedule schedule, Target target)
    {
        AddressMap addresses = AddressMap.Of(schedule);
        return new CycleModel(Emitter.Emit(schedule, addresses), target, addresses.Work);
    }

    /// <summary>What an explanation takes to be lost.</summary>
    public LostTime LostBy(Explanation explanation) => explanation switch
    {
        Explanation.None => default,
        Explanation.Barrier => new LostTime(Target.Timing.Fitted.BarrierSeconds, 0),
        Explanation.Load => new LostTime(0, Target.Timing.Fitted.LoadSeconds),
    };
}
