namespace Flightc.Recipes;

/// <summary>How it is chosen what a sparse format drops.</summary>
public enum PruningMethod
{
    /// <summary>The least magnitudes.</summary>
    Magnitude,

    /// <summary>The least |w|·‖x‖: M. Sun et al., Wanda, 2023, arXiv 2306.11695.</summary>
    Wanda,

    /// <summary>What costs least when the rest makes up for it: E. Frantar, D. Alistarh, SparseGPT, 2023, arXiv 2301.00774.</summary>
    SparseGpt,
}
