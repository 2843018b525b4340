using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Allocation;
using Flightc.Recipes;

namespace Flightc.Cli.Allocating;

/// <summary>Makes recipes, sizes and programs of assignments.</summary>
/// <param name="model">The model on its machine.</param>
/// <param name="items">What is chosen for, in the order of the model's matrices.</param>
/// <param name="context">Context of the decode step that is timed.</param>
/// <param name="name">What recipes are called.</param>
/// <param name="interruption">Ends it between two programs.</param>
internal sealed class AssignmentCompiler(
    AllocationModel model, IReadOnlyList<AllocationItem> items, int context, string name, CancellationToken interruption)
{
    /// <summary>Programs that were compiled.</summary>
    public int Programs { get; private set; }

    /// <summary>The formats of an assignment.</summary>
    public IReadOnlyList<QuantizedFormat> FormatsOf(FormatAssignment assignment) =>
        [.. items.Select((item, i) => item.Options[assignment.Choices[i]].Format)];

    /// <summary>The recipe of an assignment.</summary>
    /// <param name="assignment">The choices.</param>
    /// <param name="description">What it says of itself.</param>
    public Recipe RecipeOf(FormatAssignment assignment, string description = "an assignment") =>
        model.RecipeOf(FormatsOf(assignment), name, description);

    /// <summary>An assignment by the rules of the mapping: sizes, and no time.</summary>
    public AllocationPoint Map(FormatAssignment assignment) => Map(RecipeOf(assignment), assignment.Loss);

    /// <summary>A recipe by the rules of the mapping: sizes, and no time.</summary>
    public AllocationPoint Map(Recipe recipe, double loss)
    {
        interruption.ThrowIfCancellationRequested();
        return new AllocationPoint(recipe, model.Map(recipe).Bytes, model.WeightCount, loss);
    }

    /// <summary>A recipe as it is compiled: sizes, a time, and what does not fit the card.</summary>
    public (AllocationPoint Point, IReadOnlyList<Diagnostic> Misfits) Compile(Recipe recipe, double loss)
    {
        interruption.ThrowIfCancellationRequested();
        Programs++;
        (CompiledProgram program, StoredBytes bytes) = model.Compile(recipe);
        DiagnosticBag misfits = new();
        Compilation.CheckFit(program, model.Target, misfits.Warning);
        double milliseconds = AllocationTimer.Milliseconds(program, model.Target, context);
        return (new AllocationPoint(recipe, bytes, model.WeightCount, loss, milliseconds), misfits.Items);
    }
}
