namespace Flightc.IR;

/// <summary>
/// One extent of a shape: a constant, or the number of tokens, which is known only when the program runs.
/// </summary>
/// <param name="Size">The constant, at least 0; -1 for the number of tokens.</param>
public readonly record struct Dim(long Size)
{
    /// <summary>The number of tokens of a step, written <c>T</c>.</summary>
    public static Dim Tokens { get; } = new(-1);

    /// <summary>Whether this is <see cref="Tokens"/>.</summary>
    public bool IsTokens => Size < 0;

    /// <summary>A constant extent.</summary>
    public static implicit operator Dim(long size) => new(size);

    /// <summary><c>T</c> or the number.</summary>
    public override string ToString() =>
        IsTokens ? "T" : Size.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
