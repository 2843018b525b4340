using System.Globalization;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Cli.Compiling;

/// <summary>How weights are made of the checkpoint's tensors, where they are not taken as they are.</summary>
internal static class TransformFacts
{
    /// <summary>A line for each way, in words with numbers; none for a bare configuration.</summary>
    public static IReadOnlyList<string> Of(ImportedModel model)
    {
        if (model.Weights is not SourceWeights weights)
        {
            return [];
        }

        (Weight Weight, TensorTransform Transform)[] all = [.. model.Graph.Weights.Select(w => (w, weights[w.Name].Transform))];
        List<string> lines = [];
        Add(all.Count(one => one.Transform.IsTransposed && one.Weight.Type.Shape.Count == 2), "matrix is transposed", "matrices are transposed");
        Add(all.Count(one => one.Transform.TotalRows != 0), "weight is rows of a larger tensor", "weights are rows of larger tensors");
        Add(all.Count(one => one.Transform.InterleavedHead != 0), "matrix has its pairs moved to halves", "matrices have their pairs moved to halves");
        foreach (IGrouping<(float Factor, float Offset), TensorTransform> group in all.Select(one => one.Transform)
            .Where(t => t.ChangesValues).GroupBy(t => (t.Factor, t.Offset)))
        {
            string times = group.Key.Factor == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" times {group.Key.Factor}");
            string plus = group.Key.Offset == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" plus {group.Key.Offset}");
            Add(group.Count(), $"weight is its tensor{times}{plus}", $"weights are their tensors{times}{plus}");
        }

        return lines;

        void Add(int count, string one, string several)
        {
            if (count > 0)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : several)}"));
            }
        }
    }
}
