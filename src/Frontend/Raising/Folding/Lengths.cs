using System.Globalization;

namespace Flightc.Raising;

/// <summary>A step of a decoder that a graph is looked at for: one sequence, so many tokens behind so many others.</summary>
/// <param name="Tokens">T: tokens of the step; at least 1.</param>
/// <param name="Past">P: tokens before them.</param>
internal readonly record struct Lengths(int Tokens, int Past)
{
    /// <summary>P + T.</summary>
    public int Total => Tokens + Past;

    /// <summary><c>4 tokens after 7</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Tokens} token{(Tokens == 1 ? "" : "s")} after {Past}");
}
