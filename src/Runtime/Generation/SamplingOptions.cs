using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Runtime.Generation;

/// <summary>How the next token is chosen.</summary>
/// <remarks>
/// In this order: logits are divided by the temperature, the likeliest <paramref name="TopK"/> are kept, of
/// these the fewest likeliest that reach <paramref name="TopP"/> of their probability, and one of these is
/// drawn. Equal logits stand in order of their ids.
/// </remarks>
/// <param name="Temperature">0 for the likeliest token, whatever the others say; otherwise above 0.</param>
/// <param name="TopK">How many of the likeliest tokens to draw from; 0 for all.</param>
/// <param name="TopP">The share of probability that the tokens drawn from have to reach: above 0, at most 1.</param>
/// <param name="Seed">Where the random numbers begin: the same seed gives the same tokens on every machine.</param>
public sealed record SamplingOptions(double Temperature = 0, int TopK = 0, double TopP = 1, ulong Seed = 0)
{
    /// <summary>Refuses values that make no sense.</summary>
    /// <exception cref="CompilationException">All of them (FLC9001).</exception>
    public void Require()
    {
        DiagnosticBag bag = new();
        Check(
            double.IsFinite(Temperature) && Temperature >= 0,
            $"the temperature is {Text(Temperature)}; 0 or a finite number above it is wanted");
        Check(TopK >= 0, $"top-k is {Text(TopK)}; a number of tokens is wanted, or 0 for all");
        Check(TopP is > 0 and <= 1, $"top-p is {Text(TopP)}; a share above 0 and at most 1 is wanted");
        bag.ThrowIfErrors();

        void Check(bool holds, string message)
        {
            if (!holds)
            {
                bag.Error(Codes.Usage, message);
            }
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
