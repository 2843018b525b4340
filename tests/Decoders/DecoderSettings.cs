using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Tests;

/// <summary>Everything in which decoders differ. What is not stated is as in LLaMA.</summary>
internal sealed record DecoderSettings
{
    public int Hidden { get; init; } = 72;

    public int Intermediate { get; init; } = 100;

    public int Layers { get; init; } = 2;

    public int Heads { get; init; } = 4;

    public int KvHeads { get; init; } = 2;

    public int HeadDim { get; init; } = 20;

    public int Vocabulary { get; init; } = 90;

    public int Context { get; init; } = 64;

    /// <summary>Norms subtract the mean, and may have a bias.</summary>
    public bool IsLayerNorm { get; init; }

    public bool HasNormBias { get; init; } = true;

    /// <summary>Norms of queries and keys, head by head.</summary>
    public bool HasHeadNorms { get; init; }

    /// <summary>Norms of what attention and the feed-forward layer give, before it is added.</summary>
    public bool HasPostNorms { get; init; }

    /// <summary>Norms stand behind the additions and not in front of layers; the last one is missing.</summary>
    public bool IsPostNorm { get; init; }

    /// <summary>A norm right behind the embedding.</summary>
    public bool HasEmbeddingNorm { get; init; }

    /// <summary>Attention and the feed-forward layer read the same values.</summary>
    public bool IsParallel { get; init; }

    /// <summary>By the same norm.</summary>
    public bool SharesNorm { get; init; }

    /// <summary>Both branches are added to each other before they are added to the stream.</summary>
    public bool AddsBranchesFirst { get; init; }

    public bool HasProjectionBias { get; init; }

    public bool HasOutputBias { get; init; }

    public bool HasFeedForwardBias { get; init; }

    public bool HasHeadBias { get; init; }

    public bool IsGated { get; init; } = true;

    public ActivationFunction Function { get; init; } = ActivationFunction.Silu;

    public bool IsTied { get; init; }

    public float EmbeddingScale { get; init; } = 1;

    /// <summary>Rows of the table of learned positions before that of position 0; null where positions are not learned.</summary>
    public int? PositionOffset { get; init; }

    /// <summary>The rotation of each layer, one after another and then again; null for a layer that does not rotate.</summary>
    public IReadOnlyList<RotaryAngles?>? Rotary { get; init; }

    /// <summary>The window of each layer, one after another and then again; 0 for none.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [0];

    public float? Scale { get; init; }

    public float Cap { get; init; }

    public float LogitCap { get; init; }

    /// <summary>The rotation of a layer, or null.</summary>
    public RotaryAngles? RotaryOf(int layer) =>
        Rotary is null ? PositionOffset is null ? new RotaryAngles(10000, HeadDim) : null : Rotary[layer % Rotary.Count];
}
