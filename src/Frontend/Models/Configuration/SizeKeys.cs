namespace Flightc.Models;

/// <summary>What a family calls the sizes of a decoder, and what its reference implementation assumes where one is absent.</summary>
internal sealed record SizeKeys
{
    /// <summary>The feed-forward network's width.</summary>
    public string Intermediate { get; init; } = "intermediate_size";

    /// <summary>The residual stream's width.</summary>
    public string Hidden { get; init; } = "hidden_size";

    /// <summary>The number of layers.</summary>
    public string Layers { get; init; } = "num_hidden_layers";

    /// <summary>The number of query heads.</summary>
    public string Heads { get; init; } = "num_attention_heads";

    /// <summary>The number of key and value heads; null where there are as many as query heads.</summary>
    public string? KeyValueHeads { get; init; } = "num_key_value_heads";

    /// <summary>The elements of a head; null where they follow from hidden size and heads.</summary>
    public string? HeadSize { get; init; } = "head_dim";

    /// <summary>The positions.</summary>
    public string Positions { get; init; } = "max_position_embeddings";

    /// <summary>The epsilon of norms; null where the family has one for all.</summary>
    public string? Epsilon { get; init; } = "rms_norm_eps";

    /// <summary>The vocabulary where it is absent; null where it must be there.</summary>
    public int? DefaultVocabulary { get; init; }

    /// <summary>Query heads where they are absent; null where they must be there.</summary>
    public int? DefaultHeads { get; init; }

    /// <summary>Key and value heads where the key is absent; as many as query heads where null.</summary>
    public int? DefaultKeyValueHeads { get; init; }

    /// <summary>Elements of a head where the key is absent or null; hidden size ÷ heads where null.</summary>
    public int? DefaultHeadSize { get; init; }

    /// <summary>Feed-forward width where it is absent, in hidden sizes; null where it must be there.</summary>
    public int? DefaultExpansion { get; init; }

    /// <summary>Positions where they are absent.</summary>
    public int DefaultPositions { get; init; } = 2048;

    /// <summary>The epsilon where it is absent.</summary>
    public double DefaultEpsilon { get; init; } = 1e-6;

    /// <summary>Whether embedding and head are one where nothing is said.</summary>
    public bool DefaultTies { get; init; }

    /// <summary>The id that begins a sequence where the key is absent; null for none.</summary>
    public int? DefaultBos { get; init; }

    /// <summary>The id that ends a sequence where the key is absent; null for none.</summary>
    public int? DefaultEos { get; init; }
}
