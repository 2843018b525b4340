using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// mm.linear and mv.linear: Linear of docs/numerics.md §3 on the tiles of the weight rings, for one token or
/// for several.
/// </summary>
internal sealed class LinearProduct : IDisposable
{
    private readonly OneTokenProduct _one;
    private readonly ManyTokenProduct _many;
    private ILinearProduct? _current;

    /// <summary>Makes one for the rings of a core.</summary>
    public LinearProduct(VectorPath path, WorkerPool pool, ByteQueue[] rings)
    {
        _one = new OneTokenProduct(path, pool, rings);
        _many = new ManyTokenProduct(path, pool, rings);
    }

    /// <summary>Begins a product.</summary>
    /// <exception cref="CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Begin(MultiplyWeights instruction, ScratchMemory scratch)
    {
        ProductOperands operands = new(instruction, scratch);
        _current = operands.Rows == 0 ? null : operands.Tokens == 1 ? _one : _many;
        _current?.Begin(operands);
    }

    /// <inheritdoc cref="ILinearProduct.Continue"/>
    public bool Continue() => _current is null || _current.Continue();

    /// <inheritdoc/>
    public void Dispose()
    {
        _one.Dispose();
        _many.Dispose();
    }
}
