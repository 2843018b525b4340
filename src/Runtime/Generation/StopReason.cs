namespace Flightc.Runtime.Generation;

/// <summary>Why a generation ended.</summary>
public enum StopReason
{
    /// <summary>The model chose an id that ends a text.</summary>
    EndOfSequence,

    /// <summary>The text reached a stop string.</summary>
    StopString,

    /// <summary>As many tokens as were asked for.</summary>
    Length,

    /// <summary>The sequence has as many tokens as the context holds.</summary>
    Context,
}
