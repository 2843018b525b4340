using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>How a checkpoint's authors want text to be generated: <c>generation_config.json</c>.</summary>
/// <remarks>Everything is optional and null (or empty) where it is not stated.</remarks>
public sealed record GenerationConfig
{
    private const int MaxId = 1 << 24;
    private const int MaxTokens = 1 << 30;

    /// <summary>Nothing stated.</summary>
    public static GenerationConfig Empty { get; } = new();

    /// <summary>The id that begins a sequence.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>The ids that end a sequence; they may be more than the model's configuration names.</summary>
    public int[] EosTokenIds { get; init; } = [];

    /// <summary>Whether to sample; otherwise the likeliest token is taken.</summary>
    public bool? Samples { get; init; }

    /// <summary>What logits are divided by before sampling; 0 means the likeliest token.</summary>
    public double? Temperature { get; init; }

    /// <summary>How many of the likeliest tokens are sampled from; 0 means all.</summary>
    public int? TopK { get; init; }

    /// <summary>The share of probability that the tokens sampled from must reach, above 0 and at most 1.</summary>
    public double? TopP { get; init; }

    /// <summary>How many tokens to generate at most.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Reads a <c>generation_config.json</c>.</summary>
    /// <exception cref="CompilationException">Everything that is wrong with it.</exception>
    public static GenerationConfig Read(string path)
    {
        DiagnosticBag bag = new();
        GenerationConfig? config = TryRead(path, bag);
        bag.ThrowIfErrors();
        return config!;
    }

    /// <summary>Reads a <c>generation_config.json</c> and reports everything that is wrong with it.</summary>
    /// <param name="path">The file; at most 16 MiB.</param>
    /// <param name="bag">Receives <see cref="Codes.FileNotReadable"/> and <see cref="Codes.ConfigInvalid"/>.</param>
    /// <returns>Null exactly when an error was reported.</returns>
    public static GenerationConfig? TryRead(string path, DiagnosticBag bag) => ConfigFile.TryRead(path, bag, Read);

    private static GenerationConfig Read(ConfigReader config) => new()
    {
        BosTokenId = config.Integer("bos_token_id", 0, MaxId - 1),
        EosTokenIds = config.Ids("eos_token_id", MaxId) ?? [],
        Samples = config.Flag("do_sample"),
        Temperature = config.Number("temperature", 1e6, acceptsZero: true),
        TopK = config.Integer("top_k", 0, MaxId),
        TopP = config.Number("top_p", 1),
        MaxNewTokens = config.Integer("max_new_tokens", 1, MaxTokens),
    };
}
