using System.Runtime.Intrinsics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.add</summary>
internal sealed unsafe class AddedRows(VectorPath path, WorkerPool pool) : IParallelWork
{
    private byte* _source, _out;
    private int _stride, _outStride, _count;

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Execute(AddRows instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _count = instruction.Count.Count("count");
        _stride = instruction.Stride.Count("stride");
        _outStride = instruction.OutStride.Count("outstride");
        _source = scratch.Rows(instruction.Source.Constant, _stride, tokens, 4L * _count, "src");
        _out = scratch.Rows(instruction.Out.Constant, _outStride, tokens, 4L * _count, "out");
        pool.Run(this, tokens, tokens > 1 && (long)tokens * _count > 1 << 15);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        float* source = (float*)(_source + ((long)item * _stride));
        float* target = (float*)(_out + ((long)item * _outStride));
        int i = 0;
        if (path != VectorPath.Portable)
        {
            for (; i + 16 <= _count; i += 16)
            {
                (Vector512.Load(target + i) + Vector512.Load(source + i)).Store(target + i);
            }
        }

        for (; i < _count; i++)
        {
            target[i] += source[i];
        }
    }
}
