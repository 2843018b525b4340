using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>A function of one number of docs/numerics.md §1.2. Kernels take it as a type, so that loops are compiled for each.</summary>
/// <remarks>What is not a number stays so, that it is seen in the logits.</remarks>
internal interface IActivation
{
    /// <summary>f(x)</summary>
    float Of(float x);

    /// <summary>f(x) in every lane.</summary>
    Vector512<float> Of(Vector512<float> x);
}
