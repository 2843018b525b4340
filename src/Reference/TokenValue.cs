namespace Flightc.Reference;

/// <summary>What one value of the graph is for one token: floats, or codes with their scales.</summary>
/// <param name="Floats">Elements of an f32; empty for codes.</param>
/// <param name="Codes">Elements of an i8t, i8h, i8k or i4k; empty for floats.</param>
/// <param name="Scales">One per token, or one per head.</param>
internal sealed record TokenValue(float[] Floats, sbyte[] Codes, float[] Scales)
{
    /// <summary>An f32.</summary>
    public TokenValue(float[] floats)
        : this(floats, [], [])
    {
    }

    /// <summary>An i8t, i8h, i8k or i4k.</summary>
    public TokenValue(sbyte[] codes, params float[] scales)
        : this([], codes, scales)
    {
    }
}
