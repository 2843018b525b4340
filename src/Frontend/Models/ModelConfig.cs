using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>
/// The dimensions and constants of a decoder of the LLaMA family, as its <c>config.json</c> states them.
/// </summary>
/// <remarks>
/// A value of this type is consistent: all sizes are positive, <see cref="HeadCount"/> is a multiple of
/// <see cref="KeyValueHeadCount"/>, <see cref="HeadSize"/> is even, and no product of two of its sizes exceeds 2^44.
/// Where a key is absent, the value is the one that the family's reference implementation assumes.
/// </remarks>
public sealed record ModelConfig
{
    /// <summary>The entries of <c>architectures</c> that can be compiled.</summary>
    public static IReadOnlyList<string> SupportedArchitectures { get; } = ["LlamaForCausalLM"];

    /// <summary>One of <see cref="SupportedArchitectures"/>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Number of token ids; rows of the embedding and of the head.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width between the up and down projections of the feed-forward network.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of decoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Number of query heads per layer.</summary>
    public required int HeadCount { get; init; }

    /// <summary>
    /// Number of key and value heads per layer; each serves <c>HeadCount / KeyValueHeadCount</c> query heads.
    /// </summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Elements per head; even, because rotary embedding turns pairs.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The epsilon inside every RMS norm's square root.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>
    /// Base of the rotary embedding: pair i of a head turns by position × base^(-2i /
    /// <see cref="HeadSize"/>).
    /// </summary>
    public required double RopeTheta { get; init; }

    /// <summary>Positions the model was trained for.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Whether the head uses the embedding's matrix.</summary>
    public required bool TiesEmbeddings { get; init; }

    /// <summary>The id that begins a sequence, or null where there is none.</summary>
    public required int? BosTokenId { get; init; }

    /// <summary>The ids that end a sequence; may be empty.</summary>
    public required int[] EosTokenIds { get; init; }

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="CompilationException">Everything that is wrong with it or cannot be compiled.</exception>
    public static ModelConfig Read(string path)
    {
        DiagnosticBag bag = new();
        ModelConfig? config = TryRead(path, bag);
        bag.ThrowIfErrors();
        return config!;
    }

    /// <summary>
    /// Reads a <c>config.json</c> and reports everything that is wrong with it or cannot be compiled.
    /// </summary>
    /// <param name="path">The file; at most 16 MiB.</param>
    /// <param name="bag">
    /// Receives <see cref="Codes.FileNotReadable"/>, <see cref="Codes.ConfigInvalid"/>,
    /// <see cref="Codes.ArchitectureUnsupported"/> and <see cref="Codes.FeatureUnsupported"/>.
    /// </param>
    /// <returns>Null exactly when an error was reported.</returns>
    public static ModelConfig? TryRead(string path, DiagnosticBag bag) =>
        ConfigFile.TryRead(path, bag, LlamaConfigReader.Read);
}
