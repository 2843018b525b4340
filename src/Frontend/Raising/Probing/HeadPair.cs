namespace Flightc.Raising;

/// <summary>Two elements of a head that are turned together.</summary>
/// <param name="FirstOut">Where the first stands after turning: <c>cos · first - sin · second</c>.</param>
/// <param name="SecondOut">Where the second does: <c>cos · second + sin · first</c>.</param>
/// <param name="First">Where the first stands before.</param>
/// <param name="Second">Where the second does.</param>
/// <param name="Frequency">By how much they are turned from one position to the next; above 0.</param>
/// <param name="Magnitude">What both are multiplied by.</param>
internal sealed record HeadPair(int FirstOut, int SecondOut, int First, int Second, double Frequency, double Magnitude);
