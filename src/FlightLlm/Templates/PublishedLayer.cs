namespace Flightc.FlightLlm;

/// <summary>One layer after the published fusion: it ends with a store and a barrier.</summary>
/// <param name="Name">Its name in the released IR, without the number of the round.</param>
public abstract record PublishedLayer(string Name);

/// <summary>What is fused behind a linear layer.</summary>
public enum FusedOperation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>SiLU.</summary>
    Silu,

    /// <summary>An addition, whose other operand is loaded.</summary>
    Add,

    /// <summary>A multiplication, whose other operand is loaded.</summary>
    Mul,

    /// <summary>Rotary positions: two multiplications, whose other operands are loaded, and an addition.</summary>
    Rotary,
}

/// <summary>A product with weights.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tokens">Rows of the activations (M); one in decode.</param>
/// <param name="Inputs">K.</param>
/// <param name="Outputs">N.</param>
/// <param name="HasBias">Whether biases are loaded.</param>
/// <param name="Kept">Share of the weights that is kept.</param>
/// <param name="Fused">What follows in the same layer.</param>
public sealed record LinearLayer(
    string Name, int Tokens, int Inputs, int Outputs, bool HasBias, double Kept, FusedOperation Fused) : PublishedLayer(Name);

/// <summary>Queries by keys, with softmax, or scores by values.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Block">Number of the decoder layer, which has its own mask.</param>
/// <param name="FirstHead">Number of the first head, for the mask.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads among them.</param>
/// <param name="Tokens">Queries (M).</param>
/// <param name="Inputs">K: elements of a head, or context.</param>
/// <param name="Outputs">N: context, or elements of a head.</param>
/// <param name="MakesScores">Whether it is queries by keys with softmax.</param>
public sealed record AttentionLayer(
    string Name, int Block, int FirstHead, int Heads, int KvHeads, int Tokens, int Inputs, int Outputs, bool MakesScores)
    : PublishedLayer(Name);

/// <summary>Joins a new key or value with the cache: modelled as loading all that is there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PastBytes">Bytes of what is there.</param>
/// <param name="NewBytes">Bytes of what comes in.</param>
public sealed record ConcatLayer(string Name, long PastBytes, long NewBytes) : PublishedLayer(Name);

/// <summary>RMS norm of rows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tokens">Rows.</param>
/// <param name="Width">Elements of a row.</param>
public sealed record NormLayer(string Name, int Tokens, int Width) : PublishedLayer(Name);
