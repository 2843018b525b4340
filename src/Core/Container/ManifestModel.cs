namespace Flightc.Container;

/// <summary>What the model is.</summary>
/// <param name="Name">A name for people.</param>
/// <param name="Architecture">Its family, such as <c>llama</c>.</param>
/// <param name="Numbers">Its numbers by name, such as <c>hidden_size</c>. Whole numbers are below 2^53.</param>
public sealed record ManifestModel(string Name, string Architecture, IReadOnlyDictionary<string, double> Numbers);
