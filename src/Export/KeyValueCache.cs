using System.Globalization;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Keys and values of earlier tokens: they come in as <c>past_key_values.N.key</c> and go out as <c>present.N.key</c>, as in other exporters' files.</summary>
internal static class KeyValueCache
{
    /// <summary>The past's first key, by which its length is known.</summary>
    public const string FirstKey = "past_key_values.0.key";

    /// <summary>Puts what is new behind what was there.</summary>
    /// <param name="context">The export.</param>
    /// <param name="layer">Attention operators before this one.</param>
    /// <param name="kind">Such as <c>key</c>.</param>
    /// <param name="type">Of the elements.</param>
    /// <param name="heads">Heads of keys and values.</param>
    /// <param name="columns">Elements of a head.</param>
    /// <param name="rows">What is new, [batch, heads, sequence_length, columns].</param>
    /// <returns>All of it, [batch, heads, total_sequence_length, columns].</returns>
    public static string Append(ExportContext context, int layer, string kind, OnnxElementType type, int heads, int columns, string rows)
    {
        if (!context.Options.HasPast)
        {
            return rows;
        }

        string number = layer.ToString(CultureInfo.InvariantCulture);
        string past = $"past_key_values.{number}.{kind}", present = $"present.{number}.{kind}";
        context.AddInput(new OnnxValue(past, type, [Dims.Batch, Dims.Of(heads), Dims.Past, Dims.Of(columns)]));
        context.AddOutput(new OnnxValue(present, type, [Dims.Batch, Dims.Of(heads), Dims.Total, Dims.Of(columns)]));
        return context.Nodes.Add("Concat", present, [past, rows], new IntAttribute("axis", 2));
    }
}
