namespace Flightc.IR;

/// <summary>
/// Gets every named activation of an execution: for comparing executors and finding where numbers go wrong.
/// </summary>
/// <remarks>An activation may come in slices; each call says where its slice begins.</remarks>
public interface IActivationObserver
{
    /// <summary>binary32 values.</summary>
    /// <param name="name">The node's name in the Graph.</param>
    /// <param name="token">Position of the token in the sequence.</param>
    /// <param name="first">Index of the first value in the node's row.</param>
    /// <param name="values">The values.</param>
    void OnValues(string name, int token, int first, ReadOnlySpan<float> values);

    /// <summary>Codes of an i8t, i8h, i8k or i4k value.</summary>
    /// <param name="name">The node's name in the Graph.</param>
    /// <param name="token">Position of the token in the sequence.</param>
    /// <param name="first">Index of the first code in the node's row.</param>
    /// <param name="codes">The codes.</param>
    void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes);

    /// <summary>Scales of codes: one per token for i8t, one per head for the others.</summary>
    /// <param name="name">The node's name in the Graph.</param>
    /// <param name="token">Position of the token in the sequence.</param>
    /// <param name="first">Index of the first scale in the node's row.</param>
    /// <param name="scales">The scales.</param>
    void OnScales(string name, int token, int first, ReadOnlySpan<float> scales);
}
