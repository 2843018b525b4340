namespace Flightc.Recipes;

/// <summary>How the features of activations are scaled, and the columns that read them scaled back: docs/migration.md §2.</summary>
public enum MigrationMethod
{
    /// <summary>They are as the checkpoint has them.</summary>
    None,

    /// <summary>By how large a feature is on average: J. Lin et al., AWQ, 2023, arXiv 2306.00978.</summary>
    Awq,

    /// <summary>By the largest of a feature against the largest weight that reads it: G. Xiao et al., SmoothQuant, 2022, arXiv
    /// 2211.10438.</summary>
    SmoothQuant,
}
