namespace Flightc.Recipes;

/// <summary>How weights are brought into their formats.</summary>
/// <param name="Method">How codes are chosen.</param>
/// <param name="Pruning">How it is chosen what sparse formats drop.</param>
/// <param name="IsJoint">Whether codes are chosen for the weights as they were, dropped ones and rounded ones together; otherwise a sparse
/// matrix is pruned first, and what that leaves is quantised as if nothing had been dropped.</param>
/// <param name="NeedsCalibration">Whether a model is refused without calibration; otherwise it is then rounded to the nearest, pruned by
/// magnitude, and a warning says so.</param>
public sealed record CompressionWishes(
    QuantizationMethod Method, PruningMethod Pruning, bool IsJoint = true, bool NeedsCalibration = false)
{
    /// <summary>How features are scaled before weights are brought into formats.</summary>
    public MigrationMethod Migration { get; init; }

    /// <summary>What is rotated, before anything is scaled.</summary>
    public RotationKind Rotation { get; init; }

    /// <summary>What needs no data.</summary>
    public static CompressionWishes WithoutData { get; } = new(QuantizationMethod.RoundToNearest, PruningMethod.Magnitude);

    /// <summary>Whether calibration makes a difference.</summary>
    public bool UsesCalibration =>
        Method != QuantizationMethod.RoundToNearest || Pruning != PruningMethod.Magnitude || Migration != MigrationMethod.None;

    /// <summary>Whether derivatives of the loss make a difference; otherwise moments of activations are all that is needed.</summary>
    public bool UsesDerivatives => Method == QuantizationMethod.SecondOrder || Migration != MigrationMethod.None;

    /// <summary>What of these wishes can be met without calibration: a rotation is, all else is as <see cref="WithoutData"/>.</summary>
    /// <remarks>No property: the text of a record has all of them, and this one would have itself within it.</remarks>
    public CompressionWishes ThatNeedNoData() => WithoutData with { Rotation = Rotation };
}
