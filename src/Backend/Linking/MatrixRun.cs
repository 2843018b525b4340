namespace Flightc.Backend.Linking;

/// <summary>A matrix from the item that needs it first to the last of those that follow at once: it is made once for all of them.</summary>
/// <param name="Number">0 …, in the order in which they are needed.</param>
/// <param name="Weight">Its name.</param>
internal sealed record MatrixRun(int Number, string Weight);
