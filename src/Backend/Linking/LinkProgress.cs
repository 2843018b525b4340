namespace Flightc.Backend.Linking;

/// <summary>How far linking is.</summary>
/// <param name="Name">What was packed last: a product, or the tables.</param>
/// <param name="Share">The share of all weights that is packed, 0 … 1.</param>
public readonly record struct LinkProgress(string Name, double Share);
