namespace Flightc.Passes.Tiling;

/// <summary>Parts of a phase, one after another; a layer goes through those from <see cref="Norm"/> to
/// <see cref="Down"/>. Regions that no stage needs together may share their bytes.</summary>
[Flags]
internal enum Stages
{
    None = 0,

    /// <summary>Token ids become rows.</summary>
    Embedding = 1,

    /// <summary>A normalisation.</summary>
    Norm = 2,

    /// <summary>Query, key and value projections, and what becomes of them.</summary>
    Projections = 4,

    /// <summary>Scores to output, and the KV cache.</summary>
    Attention = 8,

    /// <summary>The product behind attention.</summary>
    AttentionOutput = 16,

    /// <summary>Gate and up, and the activation function.</summary>
    Gate = 32,

    /// <summary>The product behind the activation function.</summary>
    Down = 64,

    /// <summary>Logits.</summary>
    Head = 128,

    All = 255,
}
