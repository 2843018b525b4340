using System.Globalization;
using Flightc.Cli.Terminal;
using Flightc.IR;

namespace Flightc.Cli.Allocating;

/// <summary>An allocation as tables.</summary>
internal static class AllocateReport
{
    private static readonly string[] PointColumns = [">bits/weight", ">weights", ">in HBM", ">decode ms", ">predicted loss"];

    /// <summary>Writes what was found.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="file">The recipe that was written; null for none.</param>
    /// <param name="output">Where to.</param>
    public static void Write(FoundAllocation found, string? file, Output output)
    {
        AllocationPoint point = found.Fitted.Point;
        double bound = found.Fitted.Assignment.LossBound;
        string proof = double.IsNaN(bound) ? ""
            : bound >= point.Loss ? ", the least within the budget"
            : $", at most {Quantity.Percent((point.Loss / bound) - 1, 3)} above the least";
        Tables.WriteFacts(
            output,
            ("model", $"{found.Architecture}, {Quantity.Count(found.Model.WeightCount)} weights, {found.Items.Count} matrices"),
            ("target", $"{found.Model.Target.Name}, {Quantity.Count(found.Model.ContextLength)} tokens"),
            ("budget", $"{found.Request.Budget.InWords}{(found.IsUnlimited ? ": more than the best candidate of every weight takes" : "")}"),
            ("losses", found.Losses.Unit),
            ("found", $"{Quantity.Real(point.BitsPerWeight)} bits per weight, {Quantity.Bytes(point.Bytes.Weights)}, of which {Quantity.Bytes(point.Bytes.Hbm)} in HBM"),
            ("predicted loss", $"{Short(point.Loss)}{proof}"),
            ("decode step", $"{Quantity.Real(point.Milliseconds!.Value)} ms at context {Quantity.Count(found.Context)}, simulated"),
            ("recipe", file ?? "not written: -o names a file"));
        WriteKinds(found, output);
        Tables.Write(
            output, $"the front: nothing loses less for its bytes ({Quantity.Count(found.PointCount)} points, some are shown; decode ms is simulated)", PointColumns,
            found.Front.Select(p => (IReadOnlyList<string>)[.. Cells(p)]));
        if (found.Recipes.Count > 0)
        {
            Tables.Write(
                output, "recipes", ["recipe", .. PointColumns],
                found.Recipes.Select(p => (IReadOnlyList<string>)[p.Recipe.Name, .. Cells(p)]));
        }
    }

    // Weights of one kind in all layers, in the order of the model.
    private static void WriteKinds(FoundAllocation found, Output output) => Tables.Write(
        output, "formats by kind of weight", ["weights", ">matrices", ">loss", "formats"],
        found.Model.Tensors.Select((tensor, i) => (Kind: KindOf(tensor.Role), Choice: found.ChoiceOf(i))).GroupBy(t => t.Kind)
            .Select(kind => (IReadOnlyList<string>)
            [
                kind.Key, Quantity.Count(kind.Count()), Short(kind.Sum(t => t.Choice.Loss)),
                string.Join(", ", kind.GroupBy(t => t.Choice.Format).OrderByDescending(g => g.Count()).Select(g => Times(g.Key, g.Count(), kind.Count()))),
            ]));

    private static string Times(QuantizedFormat format, int count, int all) =>
        count == all ? format.ToString() : string.Create(CultureInfo.InvariantCulture, $"{format} ({count})");

    private static string KindOf(string role) =>
        string.Join('.', role.Split('.').Select(part => part.All(char.IsAsciiDigit) ? "*" : part));

    private static IEnumerable<string> Cells(AllocationPoint point) =>
    [
        Quantity.Real(point.BitsPerWeight), Quantity.Bytes(point.Bytes.Weights), Quantity.Bytes(point.Bytes.Hbm),
        point.Milliseconds is { } milliseconds ? Quantity.Real(milliseconds) : "-", Short(point.Loss),
    ];

    private static string Short(double loss) => loss.ToString("G4", CultureInfo.InvariantCulture);
}
