using Flightc.Numerics;

namespace Flightc.Raising;

/// <summary>Causal attention over all tokens so far.</summary>
/// <param name="q">Queries, head after head; not turned yet.</param>
/// <param name="k">Keys, likewise.</param>
/// <param name="v">Values, likewise.</param>
/// <param name="heads">Query heads.</param>
/// <param name="headSize">Numbers of a head.</param>
/// <param name="rotary">How queries and keys are turned; null where they are not.</param>
/// <param name="scale">What scores are multiplied by; null for 1/√(head size).</param>
/// <param name="window">Keys that a token sees, itself included; 0 for all before it.</param>
/// <param name="cap">c of <c>c · tanh(score ÷ c)</c>; 0 for none.</param>
internal sealed class AttentionTerm(
    Term q, Term k, Term v, int heads, int headSize, RotaryAngles? rotary, float? scale, int window, float cap) : Term(heads * headSize)
{
    /// <summary>Queries.</summary>
    public Term Q => q;

    /// <summary>Keys.</summary>
    public Term K => k;

    /// <summary>Values.</summary>
    public Term V => v;

    /// <summary>Query heads.</summary>
    public int Heads => heads;

    /// <summary>Key and value heads.</summary>
    public int KvHeads => k.Columns / headSize;

    /// <summary>Numbers of a head.</summary>
    public int HeadSize => headSize;

    /// <summary>How queries and keys are turned; null where they are not.</summary>
    public RotaryAngles? Rotary => rotary;

    /// <summary>What scores are multiplied by; null for 1/√(head size).</summary>
    public float? Scale => scale;

    /// <summary>Keys that a token sees; 0 for all before it.</summary>
    public int Window => window;

    /// <summary>c of <c>c · tanh(score ÷ c)</c>; 0 for none.</summary>
    public float Cap => cap;

    /// <summary>The same with another window.</summary>
    public AttentionTerm WithWindow(int other) => new(q, k, v, heads, headSize, rotary, scale, other, cap);

    /// <summary>The same with other angles.</summary>
    public AttentionTerm WithAngles(RotaryAngles? other) => new(q, k, v, heads, headSize, other, scale, window, cap);
}
