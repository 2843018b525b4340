using System.Globalization;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Compiling;

/// <summary><see cref="GraphFacts"/> in words, for people.</summary>
internal static class FactWords
{
    private const int Digits = 4;

    /// <summary>Names and values, a line each.</summary>
    /// <param name="facts">What is computed.</param>
    /// <param name="scaling">The name of the scaling of rotary embedding; empty for none.</param>
    public static IEnumerable<(string Name, string Value)> Of(GraphFacts facts, string scaling)
    {
        string heads = facts.HasHeadNorms ? ", of every head of queries and keys too" : "";
        string post = facts.HasPostNorms ? ", and of what is added to the residual stream" : "";
        yield return ("norms", $"{(facts.Norms == "rms" ? "RMS norms" : "layer norms")}{heads}{post}");
        if (facts.Activation is not null)
        {
            yield return ("network", facts.IsGated ? $"gated by {facts.Activation}" : $"{facts.Activation}, no gate");
        }

        if (facts.Biased.Count > 0)
        {
            yield return ("biases", string.Join(", ", facts.Biased));
        }

        if (facts.LearnedPositions is { } positions)
        {
            yield return ("positions", $"{Quantity.Count(positions)}, learned");
        }

        foreach (LayerKind kind in facts.LayerKinds)
        {
            string layers = facts.LayerKinds.Count == 1 ? "attention" : $"{kind.Layers} {(kind.Layers == 1 ? "layer" : "layers")}";
            string window = kind.Window == 0 ? "all tokens before" : $"a window of {Quantity.Count(kind.Window)} tokens";
            yield return (layers, $"{window}{Turned(kind, facts, kind.LargestDivisor > 1 ? scaling : "")}");
        }

        if (Numbers(facts) is { Count: > 0 } numbers)
        {
            yield return ("numbers", string.Join(", ", numbers));
        }
    }

    private static string Turned(LayerKind kind, GraphFacts facts, string scaling)
    {
        if (kind.Rotary is not { } angles)
        {
            return facts.LearnedPositions is null ? ", without positions" : "";
        }

        string name = scaling.Length == 0 ? "" : $" ({scaling})";
        string divided = angles.Divisors.Count == 0
            ? "" : $", frequencies divided by {Real(kind.LeastDivisor!.Value)} to {Real(kind.LargestDivisor!.Value)}{name}";
        string magnitude = angles.Magnitude == 1 ? "" : $", times {Real(angles.Magnitude)}";
        return $"; {angles.Dim} elements of a head turned by base {Real(angles.Theta)}{divided}{magnitude}";
    }

    private static List<string> Numbers(GraphFacts facts)
    {
        List<string> numbers = [];
        Add(facts.EmbeddingScale, "embeddings times");
        Add(facts.ScoreScale, "scores times");
        Add(facts.ScoreCap, "scores capped at");
        Add(facts.LogitCap, "logits capped at");
        return numbers;

        void Add(float? value, string words)
        {
            if (value is { } number)
            {
                numbers.Add($"{words} {Real(number)}");
            }
        }
    }

    private static string Real(double value) => value == Math.Truncate(value)
        ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : value.ToString($"G{Digits}", CultureInfo.InvariantCulture);
}
