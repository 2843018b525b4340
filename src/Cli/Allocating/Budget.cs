using System.Globalization;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Allocating;

/// <summary>The most that an assignment may take.</summary>
/// <param name="Kind">What is limited.</param>
/// <param name="Value">Bits per weight, bytes, or milliseconds; above 0.</param>
internal readonly record struct Budget(BudgetKind Kind, double Value)
{
    // Longer units first: each is looked for at the end of the text.
    private static readonly (string Unit, BudgetKind Kind, double Factor)[] Units =
    [
        ("bits", BudgetKind.Bits, 1), ("ms", BudgetKind.Milliseconds, 1),
        ("KiB", BudgetKind.Bytes, 1L << 10), ("MiB", BudgetKind.Bytes, 1L << 20), ("GiB", BudgetKind.Bytes, 1L << 30),
        ("KB", BudgetKind.Bytes, 1e3), ("MB", BudgetKind.Bytes, 1e6), ("GB", BudgetKind.Bytes, 1e9), ("B", BudgetKind.Bytes, 1),
    ];

    /// <summary>The budget in words.</summary>
    public string InWords => Kind switch
    {
        BudgetKind.Bits => $"{Number(Value)} bits per weight",
        BudgetKind.Bytes => $"{Quantity.Bytes((long)Math.Min(Value, long.MaxValue))} of weights in HBM",
        BudgetKind.Milliseconds => $"{Number(Value)} ms per token",
    };

    /// <summary>Reads <c>3.5bits</c>, <c>120MB</c> or <c>6.5ms</c>.</summary>
    /// <exception cref="CompilationException">It is no number above 0 with a unit (FLC9001).</exception>
    public static Budget Parse(string text)
    {
        foreach ((string unit, BudgetKind kind, double factor) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
            {
                continue;
            }

            if (double.TryParse(
                    text[..^unit.Length].TrimEnd(' '), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
                && number * factor > 0 && double.IsFinite(number * factor))
            {
                return new Budget(kind, number * factor);
            }

            break;
        }

        throw new CompilationException(
            Codes.Usage, $"--budget '{Excerpt.Of(text)}': a number above 0 and its unit are wanted", "",
            "give bits per weight (3.5bits), bytes of HBM (120MB, 3GiB) or milliseconds per token (6.5ms)");
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
