namespace Flightc.Cli.Oracles;

/// <summary>What a user wants compared with an oracle.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Library">Path of ONNX Runtime's library; null where it is looked for.</param>
/// <param name="Text">Path of a text, of which the first record is run; null for random ids.</param>
/// <param name="Tokens">The most tokens.</param>
internal sealed record OracleRequest(string Model, string? Library, string? Text, int Tokens)
{
    /// <summary>Tokens where nothing is said: enough for positions and masks to matter.</summary>
    public const int DefaultTokens = 64;

    /// <summary>The longest sequence that the model is to serve, which decides about the angles of some; null for its own.</summary>
    public int? MaxLength { get; init; }
}
