using System.Runtime.InteropServices;
using System.Security.Cryptography;

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

    /// <summary>Adds everything that decides what becomes of the weight to a hash.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        hash.AppendData("rows"u8);
        Rows?.AppendTo(hash);
        hash.AppendData("columns"u8);
        Columns?.AppendTo(hash);
        if (Constant is { } constant)
        {
            hash.AppendData("constant"u8);
            hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(in constant)));
        }
    }
}
