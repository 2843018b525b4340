using Flightc.IR;

namespace Flightc.Recipes;

/// <summary>
/// Says the formats of many weights as a person would: what most have, then what each kind of weight has in most
/// layers, then the layers and weights that differ.
/// </summary>
public static class RecipeFolding
{
    private const string Prefix = "layers.";

    /// <summary>
    /// The format of most weights, and exceptions with which <see cref="Recipe.FormatOf"/> gives every weight its own.
    /// </summary>
    /// <param name="formats">Roles of layers' matrices, such as <c>layers.3.mlp.down.weight</c>, and their formats, in the
    /// order of the model; at least one. Other roles get a rule of their own.</param>
    public static (QuantizedFormat Weights, IReadOnlyList<WeightRule> Rules) Fold(
        IReadOnlyList<(string Role, QuantizedFormat Format)> formats)
    {
        (string Role, string Layer, string Kind, QuantizedFormat Format)[] all =
            [.. formats.Select(f => (f.Role, LayerOf(f.Role), KindOf(f.Role), f.Format))];
        var kinds = all.GroupBy(f => f.Kind).Select(g => (Kind: g.Key, Format: MostOf(g.Select(f => f.Format)))).ToArray();
        QuantizedFormat weights = MostOf(kinds.Select(k => k.Format));
        List<WeightRule> rules = [.. kinds.Where(k => k.Format != weights).Select(k => new WeightRule(k.Kind, k.Format))];
        QuantizedFormat Said(string role) => rules.LastOrDefault(rule => rule.Covers(role))?.Format ?? weights;

        // One rule for a layer is worth it where it replaces at least two, and all of the layer agree.
        foreach (var layer in all.Where(f => f.Layer.Length > 0).GroupBy(f => f.Layer))
        {
            QuantizedFormat first = layer.First().Format;
            if (layer.All(f => f.Format == first) && layer.Count(f => Said(f.Role) != first) > 1)
            {
                rules.Add(new WeightRule($"{layer.Key}*", first));
            }
        }

        rules.AddRange(all.Where(f => Said(f.Role) != f.Format).Select(f => new WeightRule(f.Role, f.Format)).ToArray());
        return (weights, rules);
    }

    // "layers.3." of a layer's weight; empty for others.
    private static string LayerOf(string role)
    {
        int end = role.StartsWith(Prefix, StringComparison.Ordinal) ? role.IndexOf('.', Prefix.Length) : -1;
        return end < 0 ? "" : role[..(end + 1)];
    }

    // "layers.*.mlp.down.weight" of a layer's weight; the role of others.
    private static string KindOf(string role) => LayerOf(role) is { Length: > 0 } layer ? $"{Prefix}*.{role[layer.Length..]}" : role;

    // The most frequent; of equally frequent ones the first.
    private static QuantizedFormat MostOf(IEnumerable<QuantizedFormat> formats) =>
        formats.GroupBy(f => f).OrderByDescending(g => g.Count()).First().Key;
}
