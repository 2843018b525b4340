using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Layers;

/// <summary>The errors of an image's operators, for people and as JSON.</summary>
internal static class LayerReport
{
    /// <summary>Writes them to standard output, in the order in which operators are executed.</summary>
    public static void Write(LayerErrors layers, Output output)
    {
        Tables.WriteFacts(
            output,
            ("operators of", $"{layers.Image}, on the first {Quantity.Count(layers.Tokens)} scored tokens"),
            ("first bad", layers.FirstBad is { } bad
                ? $"{bad.Name}: relative error {Error(bad.Relative)}, cosine {Cosine(bad.Cosine)}"
                : "none"),
            ("limits", $"relative error up to {Quantity.Real(layers.Options.RelativeLimit)}, cosine from {Quantity.Real(layers.Options.CosineLimit)}"),
            ("largest increase", layers.LargestIncrease is { } most ? $"{most.Name}: {Error(most.Increase)}" : "none"),
            ("compiler error", layers.FirstDifference is { } first
                ? $"first in {first.Name}: {Quantity.Count(first.Differing)} elements are not what graph and weights say; the file is damaged, or this is a bug of flightc"
                : "none: every activation has the bits that graph and weights say"));
        Tables.Write(
            output, "", ["operator", "does", ">cosine", ">relative", ">increase", ">largest", ">differing", ""],
            layers.Operators.Select(o => (IReadOnlyList<string>)
            [
                o.Name, o.Operator, Cosine(o.Cosine), Error(o.Relative), Error(o.Increase), Error(o.MaxAbs), Quantity.Count(o.Differing),
                Marks(layers, o),
            ]));
    }

    /// <summary>The same as JSON.</summary>
    public static JsonObject ToJson(LayerErrors layers) => new()
    {
        ["tokens"] = layers.Tokens,
        ["relative_limit"] = layers.Options.RelativeLimit,
        ["cosine_limit"] = layers.Options.CosineLimit,
        ["first_bad"] = layers.FirstBad?.Name,
        ["largest_increase"] = layers.LargestIncrease?.Name,
        ["first_difference"] = layers.FirstDifference?.Name,
        ["operators"] = Json.Array(layers.Operators, o => new JsonObject
        {
            ["name"] = o.Name,
            ["operator"] = o.Operator,
            ["cosine"] = Number(o.Cosine),
            ["relative"] = Number(o.Relative),
            ["increase"] = Number(o.Increase),
            ["max_abs"] = Number(o.MaxAbs),
            ["is_bad"] = o.IsBad,
            ["differing"] = o.Differing,
        }),
    };

    private static string Marks(LayerErrors layers, OperatorError row)
    {
        List<string> marks = [];
        if (row.IsBad)
        {
            marks.Add(row == layers.FirstBad ? "first bad" : "bad");
        }

        if (row == layers.LargestIncrease)
        {
            marks.Add("largest increase");
        }

        if (row.Differing > 0)
        {
            marks.Add(row == layers.FirstDifference ? "first compiler error" : "compiler error");
        }

        return string.Join(", ", marks);
    }

    private static JsonNode? Number(double? value) => value is { } number ? Json.Number(number) : null;

    private static string Cosine(double? value) => value is { } number ? Quantity.Real(number, 5) : "–";

    // Adding 0 takes the sign off what is rounded to 0.
    private static string Error(double? value) => value is { } number ? Quantity.Real(Math.Round(number, 4) + 0.0, 4) : "–";
}
