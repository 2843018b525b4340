namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>What <see cref="QueryScores"/> multiplies: the queries of several tokens and the keys in all slots.</summary>
internal unsafe struct ScoreOperands
{
    /// <summary>Tokens of the step.</summary>
    public int Tokens;

    /// <summary>Query heads for each token; a query is a token and a head.</summary>
    public int Group;

    /// <summary>Elements of a head.</summary>
    public int HeadDim;

    /// <summary>The same as a multiple of 32.</summary>
    public int Padded;

    /// <summary>Slots.</summary>
    public int Width;

    /// <summary>Tokens before the step.</summary>
    public int Past;

    /// <summary>How many keys a query sees at most, the last ones; 0 for all.</summary>
    public int Window;

    /// <summary>Whether keys of the past are stored in 4 bits.</summary>
    public bool Packed;

    /// <summary>The mask, if there is one.</summary>
    public MaskBits Mask;

    /// <summary>(slots, rounded up to 32) addresses of keys, or 0.</summary>
    public long* Keys;

    /// <summary>(slots, rounded up to 32)</summary>
    public float* KeyScales;

    /// <summary>(slots, rounded up to 32) tokens; the largest number where there is none.</summary>
    public int* SlotTokens;

    /// <summary>(slots) scales of values.</summary>
    public float* Values;

    /// <summary>(queries, padded) codes as INT16.</summary>
    public short* QueryCodes;

    /// <summary>(queries) scales times the factor of the attention.</summary>
    public float* QueryScales;

    /// <summary>(queries, slots) scores.</summary>
    public float* Out;

    /// <summary>(queries) the largest score.</summary>
    public float* Maxima;

    /// <summary>(queries) the largest scale of a visible value.</summary>
    public float* ValueMaxima;
}
