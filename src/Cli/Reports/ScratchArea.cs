namespace Flightc.Cli.Reports;

/// <summary>A place in the scratch of every core.</summary>
/// <param name="Name">What it holds; in names of layers the number is <c>*</c>.</param>
/// <param name="Address">First byte.</param>
/// <param name="Bytes">How many.</param>
internal sealed record ScratchArea(string Name, long Address, long Bytes);
