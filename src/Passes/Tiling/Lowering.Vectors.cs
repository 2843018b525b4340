using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <content>Loads of vectors: weights of norms, and biases.</content>
internal sealed partial class Lowering
{
    private readonly Dictionary<string, int> _vectorNumbers = tables.Where(t => t.Kind == TableKind.Vector)
        .Select((table, number) => (table.Name, number)).ToDictionary(t => t.Name, t => t.number, StringComparer.Ordinal);

    // Those of a layer are loaded together with the keys of the layer before: long before they are wanted, and where they
    // divide no load of weights. One load brings as many as are divided alike and lie equally far apart.
    private void LoadVectors(int layer)
    {
        IReadOnlyList<VectorUse> uses = decoder.Vectors.OfLayer(layer);
        for (int first = 0, count; first < uses.Count; first += count)
        {
            count = 1;
            while (first + count < uses.Count && count < Step.VectorKeys.Count && CanJoin([.. uses.Skip(first).Take(count + 1)]))
            {
                count++;
            }

            LoadVector([.. uses.Skip(first).Take(count)], layer);
        }
    }

    private bool CanJoin(VectorUse[] uses)
    {
        int[] numbers = [.. uses.Select(u => _vectorNumbers[u.Weight.Name])];
        bool areApart = uses.Length == 2
            ? numbers[1] > numbers[0]
            : numbers.Zip(numbers.Skip(1)).All(pair => pair.Second == pair.First + 1);
        return areApart && uses.All(u => u.Kind == uses[0].Kind && u.Weight.Type.Columns == uses[0].Weight.Type.Columns) && uses[0].Kind switch
        {
            VectorKind.Norm or VectorKind.HeadNorm or VectorKind.Hidden => true,

            // A core has as many query heads as others only where it has its own heads alone, and these no groups.
            VectorKind.Projection => IsLocal && (uses[0].Number > 0 || _shape.Group == 1),
            VectorKind.Gate or VectorKind.Head => false,
        };
    }

    private void LoadVector(VectorUse[] uses, int layer)
    {
        VectorUse use = uses[0];
        (string, string)[] slice = use.Kind switch
        {
            VectorKind.Norm => HasWholeRows ? None : Over(Hidden),
            VectorKind.HeadNorm => None,
            VectorKind.Projection => [("product", $"layers.{Text(layer)}.attn.qkv"), ("part", Text(use.Number))],
            VectorKind.Hidden => Over(Hidden),
            VectorKind.Gate => [.. Over("ffn"), .. use.Number == 0 ? None : [("alternate", Text(use.Number))]],
            VectorKind.Head => Over("vocabulary"),
        };
        Add(
            StepKind.LoadVector, use.User.Name,
            [.. uses.Select((u, i) => (Step.VectorKeys[i].Table, u.Weight.Name)), .. slice,
            .. uses.Select((u, i) => (Step.VectorKeys[i].Out, At(u.Region)))]);
    }
}
