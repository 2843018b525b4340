using Flightc.Backend.Emission;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Tiling;
using Flightc.Recipes;
using Flightc.Schedules;
using Flightc.Targets;

namespace Flightc.Cli.Allocating;

/// <summary>A model on its machine, ready to be looked at under any assignment of formats.</summary>
/// <param name="model">The checkpoint, understood.</param>
/// <param name="target">The machine.</param>
/// <param name="recipe">What assignments are changes of.</param>
/// <param name="contextLength">The most tokens of a sequence.</param>
/// <param name="searchLimit">The most candidates of the mapping's search.</param>
internal sealed class AllocationModel(ImportedModel model, Target target, Recipe recipe, int contextLength, int searchLimit)
{
    /// <summary>The matrices, in the order of the model.</summary>
    public IReadOnlyList<AllocatedTensor> Tensors { get; } = TensorsOf(model.Graph);

    /// <summary>Weights of the model; a tied matrix counts once.</summary>
    public long WeightCount { get; } = Compilation.WeightCount(model.Graph);

    /// <summary>The machine.</summary>
    public Target Target => target;

    /// <summary>What assignments are changes of.</summary>
    public Recipe Recipe => recipe;

    /// <summary>The most tokens of a sequence.</summary>
    public int ContextLength => contextLength;

    /// <summary>The format that a recipe gives a matrix.</summary>
    public static QuantizedFormat FormatOf(Recipe recipe, AllocatedTensor tensor) =>
        recipe.FormatOf(tensor.Role, tensor.IsEmbedding, tensor.IsHead);

    /// <summary>The recipe that gives every matrix its own format.</summary>
    /// <param name="formats">By number in <see cref="Tensors"/>.</param>
    /// <param name="name">What the recipe is called.</param>
    /// <param name="description">What it says of itself.</param>
    public Recipe RecipeOf(IReadOnlyList<QuantizedFormat> formats, string name, string description)
    {
        (AllocatedTensor Tensor, QuantizedFormat Format)[] all = [.. Tensors.Zip(formats)];
        (QuantizedFormat weights, IReadOnlyList<WeightRule> rules) = RecipeFolding.Fold(
            [.. all.Where(t => t.Tensor is { IsEmbedding: false, IsHead: false }).Select(t => (t.Tensor.Role, t.Format))]);
        QuantizedFormat head = all.Single(t => t.Tensor.IsHead).Format;
        return recipe with
        {
            Name = name, Description = description, Weights = weights, Head = head, Rules = rules,
            Embedding = all.FirstOrDefault(t => t.Tensor.IsTable) is { Tensor: not null } table ? table.Format : recipe.Embedding,
        };
    }

    /// <summary>The mapping by rules, without a program.</summary>
    /// <exception cref="CompilationException">The model cannot be mapped.</exception>
    public (Schedule Schedule, AddressMap Addresses, StoredBytes Bytes) Map(Recipe formats)
    {
        Graph graph = Quantize(formats);
        Schedule schedule = Tiler.Tile(graph, target.Geometry, target.MaxPrefillTokens);
        AddressMap addresses = AddressMap.Of(schedule);
        return (schedule, addresses, BytesOf(graph, schedule, addresses));
    }

    /// <summary>The program that <c>compile</c> makes, and what its weights take.</summary>
    /// <exception cref="CompilationException">The model cannot be mapped.</exception>
    public (CompiledProgram Program, StoredBytes Bytes) Compile(Recipe formats)
    {
        CompiledProgram compiled = Compilation.Compile(
            model.Graph, target, formats, contextLength, new PassObserver(), new DiagnosticBag(), searchLimit)!;
        return (compiled, BytesOf(compiled.Graph, compiled.Schedule, compiled.Addresses));
    }

    private static StoredBytes BytesOf(Graph graph, Schedule schedule, AddressMap addresses) => new(
        Compilation.WeightBytes(graph, schedule, addresses),
        schedule.Geometry.Cores.Select((range, core) => range.Count * addresses.Streams[core].Bytes).Sum());

    private static AllocatedTensor[] TensorsOf(Graph graph)
    {
        HashSet<string> embeddings = [.. graph.Nodes.Where(n => n.Op is Embedding).Select(n => graph.NameOf(n.Operands[1]))];
        HashSet<string> heads = [.. graph.Outputs.Select(graph.NodeOf).OfType<Node>().Where(n => n.Op is Linear).Select(n => graph.NameOf(n.Operands[1]))];
        return
        [
            .. graph.Weights.Where(w => w.Type.Shape.Count == 2).Select(w => new AllocatedTensor(
                w.Name, w.Type.Shape[0].Size * w.Type.Columns, embeddings.Contains(w.Name), heads.Contains(w.Name))),
        ];
    }

    private Graph Quantize(Recipe formats) =>
        Compilation.Quantize(model.Graph, formats, contextLength, new PassObserver(), new DiagnosticBag());
}
