using Flightc.Diagnostics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>A product of activations and the weights of a core's rings, which may have to be loaded in between.</summary>
internal interface ILinearProduct : IDisposable
{
    /// <summary>Begins a product of at least one row.</summary>
    /// <param name="operands">What is multiplied.</param>
    void Begin(in ProductOperands operands);

    /// <summary>Takes what the rings hold; where every channel has had its last tile, writes the results.</summary>
    /// <returns>Whether the product is complete; otherwise weights have to be loaded first.</returns>
    /// <exception cref="CompilationException">A tile is damaged or is not one of this product (FLC4005).</exception>
    bool Continue();
}
