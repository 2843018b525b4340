namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>What <see cref="QueryValues"/> adds up: the values in all slots by the probabilities of several tokens.</summary>
internal unsafe struct ValueOperands
{
    /// <summary>Queries: a query is a token and a query head.</summary>
    public int Queries;

    /// <summary>Query heads for each token.</summary>
    public int Group;

    /// <summary>Elements of a head.</summary>
    public int HeadDim;

    /// <summary>The same as a multiple of 16.</summary>
    public int Padded;

    /// <summary>Slots.</summary>
    public int Width;

    /// <summary>Tokens before the step.</summary>
    public int Past;

    /// <summary>The mask, if there is one.</summary>
    public MaskBits Mask;

    /// <summary>(slots) addresses of values, or 0.</summary>
    public long* Values;

    /// <summary>(slots) whether a value is stored in 4 bits.</summary>
    public bool* IsPacked;

    /// <summary>(slots) tokens, where there is a mask.</summary>
    public int[] SlotTokens;

    /// <summary>(queries, slots)</summary>
    public ushort* Probabilities;

    /// <summary>(queries, elements) sums.</summary>
    public long* Out;
}
