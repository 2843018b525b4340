namespace Flightc.Recipes;

/// <summary>Which values are rotated by orthogonal matrices that are folded into the weights: docs/migration.md §3.</summary>
public enum RotationKind
{
    /// <summary>None.</summary>
    None,

    /// <summary>The values of attention, head by head, and with them what is projected back.</summary>
    Values,

    /// <summary>Hidden values between the layers: S. Ashkboos et al., QuaRot, 2024, arXiv 2404.00456.</summary>
    Residual,
}
