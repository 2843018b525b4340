using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.output: step 4 of Attention of docs/numerics.md §3.</summary>
internal sealed unsafe class HeadOutput(VectorPath path, WorkerPool pool) : IParallelWork
{
    private const float C = 16777216f / 16383f;

    private long* _source, _sums;
    private float* _valueMaxima;
    private byte* _out;
    private int _group, _headDim, _outStride;

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Execute(NormalizeHeads instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _group = instruction.Group.Count("group");
        _headDim = instruction.HeadDim.Count("d");
        _outStride = instruction.OutStride.Count("outstride");
        long rows = (long)tokens * _group;
        _source = (long*)scratch.Rows(instruction.Source.Constant, 8L * _headDim, rows, 8L * _headDim, "src");
        _sums = (long*)scratch.Range(instruction.Sums.Constant, 8 * rows, "sums");
        _valueMaxima = (float*)scratch.Range(instruction.ValueMaxima.Constant, 4 * rows, "valuemaxima");
        _out = scratch.Rows(instruction.Out.Constant, _outStride, tokens, 4L * _group * _headDim, "out");
        pool.Run(this, tokens, tokens > 1 && rows * _headDim > 1 << 14);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        for (int j = 0; j < _group; j++)
        {
            long y = ((long)item * _group) + j;
            float* target = (float*)(_out + ((long)item * _outStride)) + ((long)j * _headDim);
            if (_valueMaxima[y] == 0f)
            {
                new Span<float>(target, _headDim).Clear();
                continue;
            }

            float factor = _valueMaxima[y] * C / _sums[y];
            long* source = _source + (y * _headDim);
            int e = 0;
            if (path == VectorPath.Avx512)
            {
                for (; e + 8 <= _headDim; e += 8)
                {
                    (Avx512DQ.ConvertToVector256Single(Vector512.Load(source + e)) * Vector256.Create(factor)).Store(target + e);
                }
            }

            for (; e < _headDim; e++)
            {
                target[e] = source[e] * factor;
            }
        }
    }
}
