namespace Flightc.Models;

/// <summary>Which norm a decoder has.</summary>
public enum NormKind
{
    /// <summary>By the root of the mean square (Zhang and Sennrich 2019).</summary>
    Rms,

    /// <summary>By mean and variance (Ba et al. 2016).</summary>
    Layer,
}
