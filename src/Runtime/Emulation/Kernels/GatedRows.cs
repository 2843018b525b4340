using System.Runtime.Intrinsics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.swiglu</summary>
internal sealed unsafe class GatedRows(VectorPath path, WorkerPool pool) : IParallelWork
{
    private const int Piece = 1024;

    private byte* _source, _out;
    private int _stride, _outStride, _count, _pieces;

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Execute(GateRows instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _count = instruction.Count.Count("count");
        _stride = instruction.Stride.Count("stride");
        _outStride = instruction.OutStride.Count("outstride");

        // The last up block ends with the element that belongs to the last result.
        long bytes = _count == 0 ? 0 : 64 + (4L * ((32 * ((_count - 1L) / 16)) + ((_count - 1) % 16) + 1));
        _source = scratch.Rows(instruction.Source.Constant, _stride, tokens, bytes, "src");
        _out = scratch.Rows(instruction.Out.Constant, _outStride, tokens, 4L * _count, "out");
        _pieces = (_count + Piece - 1) / Piece;
        pool.Run(this, checked((int)Math.Min(int.MaxValue, (long)tokens * _pieces)), (long)tokens * _count > 1 << 13);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        int token = item / _pieces;
        float* source = (float*)(_source + ((long)token * _stride));
        float* target = (float*)(_out + ((long)token * _outStride));
        int i = item % _pieces * Piece;
        int end = Math.Min(_count, i + Piece);
        if (path != VectorPath.Portable)
        {
            for (; i + 16 <= end; i += 16)
            {
                Vector512<float> gate = Vector512.Load(source + (2L * i));
                Vector512<float> up = Vector512.Load(source + (2L * i) + 16);
                (Exp2.Silu(gate) * up).Store(target + i);
            }
        }

        for (; i < end; i++)
        {
            float* pair = source + (32L * (i / 16)) + (i % 16);
            target[i] = Exp2.Silu(pair[0]) * pair[16];
        }
    }
}
