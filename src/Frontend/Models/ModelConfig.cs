using Flightc.Diagnostics;
using Flightc.Numerics;

namespace Flightc.Models;

/// <summary>What a decoder is, as its <c>config.json</c> says it: sizes, and everything in which families differ.</summary>
/// <remarks>
/// A value of this type is consistent: all sizes are positive, <see cref="HeadCount"/> is a multiple of
/// <see cref="KeyValueHeadCount"/>, <see cref="HeadSize"/> is even, and no product of two of its sizes exceeds 2^44.
/// Where a key is absent, the value is the one that the family's reference implementation assumes. What is not set here is as in LLaMA.
/// </remarks>
public sealed record ModelConfig
{
    /// <summary>The entries of <c>architectures</c> that can be compiled.</summary>
    public static IReadOnlyList<string> SupportedArchitectures { get; } = [.. ModelFamilies.All.SelectMany(f => f.Architectures)];

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

    /// <summary>The epsilon inside every norm's square root.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>
    /// Base of the rotary embedding: pair i of a head turns by position × base^(-2i / <see cref="HeadSize"/>), where <see cref="Layers"/> says nothing
    /// else. 1 where nothing is turned.
    /// </summary>
    public required double RopeTheta { get; init; }

    /// <summary>Positions the model was trained for, and at most those that its rotary embedding serves as it was read.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Whether the head uses the embedding's matrix.</summary>
    public required bool TiesEmbeddings { get; init; }

    /// <summary>The id that begins a sequence, or null where there is none.</summary>
    public required int? BosTokenId { get; init; }

    /// <summary>The ids that end a sequence; may be empty.</summary>
    public required int[] EosTokenIds { get; init; }

    /// <summary>Its norms.</summary>
    public NormSettings Norms { get; init; } = new();

    /// <summary>Its attention.</summary>
    public AttentionSettings Attention { get; init; } = new();

    /// <summary>Its feed-forward network.</summary>
    public MlpSettings Mlp { get; init; } = new();

    /// <summary>Its two ends.</summary>
    public EmbeddingSettings Ends { get; init; } = new();

    /// <summary>One for each layer; empty where all turn whole heads by <see cref="RopeTheta"/> and see everything before them.</summary>
    public IReadOnlyList<LayerSettings> Layers { get; init; } = [];

    /// <summary>Constants that the family multiplies into weights: by name, for <see cref="ModelFamily.Places"/>.</summary>
    public IReadOnlyDictionary<string, double> Multipliers { get; init; } = new Dictionary<string, double>();

    /// <summary>The name of the scaling of its rotary embedding, such as <c>yarn</c>, in layers that see everything; empty for none.</summary>
    public string RopeScaling { get; init; } = "";

    /// <summary>Its family.</summary>
    public ModelFamily Family => ModelFamilies.Of(Architecture);

    /// <summary>What a layer has of its own.</summary>
    /// <param name="index">From 0.</param>
    public LayerSettings Layer(int index) =>
        Layers.Count > 0 ? Layers[index] : new LayerSettings(new RotaryAngles(RopeTheta, HeadSize));

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
    /// <see cref="Codes.ArchitectureUnsupported"/>, <see cref="Codes.FeatureUnsupported"/>, and <see cref="Codes.ModelNote"/> for choices.
    /// </param>
    /// <param name="length">The longest sequence that is wanted, in tokens: some models turn by other angles when they have to serve long ones. Null for all
    /// positions of the model.</param>
    /// <returns>Null exactly when an error was reported.</returns>
    public static ModelConfig? TryRead(string path, DiagnosticBag bag, int? length = null) =>
        ConfigFile.TryRead(path, bag, config => ModelFamilies.Read(config, length));
}
