namespace Flightc.Raising;

/// <summary>Keys or values of tokens before the step, as an input has them: its elements are not told apart by token, and count as one row.</summary>
/// <param name="input">The input's name.</param>
/// <param name="elements">How many elements it has.</param>
internal sealed class PastTerm(string input, int elements) : Term(Math.Max(elements, 1))
{
    /// <summary>The input's name.</summary>
    public string Input => input;
}
