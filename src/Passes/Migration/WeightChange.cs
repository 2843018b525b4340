namespace Flightc.Passes.Migration;

/// <summary>What becomes of a weight.</summary>
/// <param name="Rows">Of its output features, or of a vector's elements; null where they stay.</param>
/// <param name="Columns">Of its input features; null where they stay.</param>
internal sealed record WeightChange(FeatureChange? Rows = null, FeatureChange? Columns = null)
{
    /// <summary>What all elements of the weight are instead; null where they are not replaced.</summary>
    public float? Constant { get; init; }

    /// <summary>Whether rows are mixed with each other, so that none can be made without all.</summary>
    public bool MixesRows => Rows is not (null or Scaling);
}
