using System.Runtime.Intrinsics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.norm</summary>
internal sealed unsafe class NormalizedRows(VectorPath path, WorkerPool pool) : IParallelWork, IDisposable
{
    private readonly NativeBuffer _sums = new();
    private byte* _source, _out;
    private float* _weight, _bias;
    private int _stride, _outStride, _count, _heads, _segments;
    private float _epsilon;
    private bool _layer;

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Execute(NormalizeRows instruction, ScratchMemory scratch)
    {
        _count = instruction.Count.Count("count");
        _heads = instruction.Heads.Count("heads");
        _stride = instruction.Stride.Count("stride");
        _outStride = instruction.OutStride.Count("outstride");
        _epsilon = instruction.Epsilon.Single("epsilon");
        _layer = instruction.Layer.Flag("layer");
        bool isBiased = instruction.Biased.Flag("biased");
        int tokens = instruction.Tokens.Count("tokens");
        long elements = (long)_heads * _count;
        if (elements == 0 || tokens == 0)
        {
            return;
        }

        _source = scratch.Rows(instruction.Source.Constant, _stride, tokens, 4 * elements, "src");
        _out = scratch.Rows(instruction.Out.Constant, _outStride, tokens, 4 * elements, "out");
        _weight = (float*)scratch.Range(instruction.Weight.Constant, 4L * _count, "weight");
        _bias = isBiased ? (float*)scratch.Range(instruction.Bias.Constant, 4L * _count, "bias") : null;
        _segments = (_count + 63) / 64;
        _sums.Ensure(4L * _segments * pool.Workers);
        pool.Run(this, tokens, tokens > 1 && tokens * elements > 1 << 14);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        float* sums = (float*)_sums.Ensure(0) + ((long)worker * _segments);
        float* x = (float*)(_source + ((long)item * _stride));
        float* y = (float*)(_out + ((long)item * _outStride));
        for (int h = 0; h < _heads; h++, x += _count, y += _count)
        {
            float* centred = x;
            if (_layer)
            {
                // Results are written last, so that their place can hold the differences meanwhile.
                Subtract(x, SegmentSums.Total(path, x, _count, isOfSquares: false, sums) / _count, y);
                centred = y;
            }

            float square = SegmentSums.Total(path, centred, _count, isOfSquares: true, sums);
            Scale(centred, 1f / MathF.Sqrt((square / _count) + _epsilon), y);
        }
    }

    public void Dispose() => _sums.Dispose();

    private void Subtract(float* x, float mean, float* y)
    {
        int i = 0;
        if (path != VectorPath.Portable)
        {
            Vector512<float> means = Vector512.Create(mean);
            for (; i + 16 <= _count; i += 16)
            {
                (Vector512.Load(x + i) - means).Store(y + i);
            }
        }

        for (; i < _count; i++)
        {
            y[i] = x[i] - mean;
        }
    }

    private void Scale(float* x, float r, float* y)
    {
        int i = 0;
        if (path != VectorPath.Portable)
        {
            for (; i + 16 <= _count; i += 16)
            {
                Vector512<float> scaled = Vector512.Load(x + i) * r * Vector512.Load(_weight + i);
                (_bias == null ? scaled : scaled + Vector512.Load(_bias + i)).Store(y + i);
            }
        }

        for (; i < _count; i++)
        {
            float scaled = x[i] * r * _weight[i];
            y[i] = _bias == null ? scaled : scaled + _bias[i];
        }
    }
}
