using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.measure</summary>
internal sealed unsafe class RowMeasurement(VectorPath path, WorkerPool pool) : IParallelWork
{
    private byte* _source, _sums;
    private float* _weight, _maxima;
    private int _stride, _sumStride, _count;
    private bool _squares;

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Execute(Measure instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _count = instruction.Count.Count("count");
        _stride = instruction.Stride.Count("stride");
        _sumStride = instruction.SumStride.Count("sumstride");
        _squares = instruction.Squares.Flag("squares");
        _source = scratch.Rows(instruction.Source.Constant, _stride, tokens, 4L * _count, "src");
        _weight = instruction.Weighted.Flag("weighted")
            ? (float*)scratch.Range(instruction.Weight.Constant, 4L * _count, "weight")
            : null;
        _maxima = (float*)scratch.Range(instruction.Maxima.Constant, 4L * tokens, "maxima");
        _sums = _squares
            ? scratch.Rows(instruction.Sums.Constant, _sumStride, tokens, 4L * ((_count + 63) / 64), "sums")
            : null;
        pool.Run(this, tokens, tokens > 1 && (long)tokens * _count > 1 << 15);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        float* x = (float*)(_source + ((long)item * _stride));
        _maxima[item] = Rounding.Largest(path, x, _weight, _count);
        if (_squares)
        {
            SegmentSums.OfSquares(path, x, _count, (float*)(_sums + ((long)item * _sumStride)));
        }
    }
}
