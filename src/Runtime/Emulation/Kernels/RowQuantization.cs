using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.quantize</summary>
internal sealed unsafe class RowQuantization(VectorPath path, WorkerPool pool) : IParallelWork
{
    private byte* _source, _sums, _codes;
    private float* _weight, _maxima, _scales;
    private int _stride, _sumStride, _codeStride, _count, _segments, _total;
    private float _epsilon;
    private bool _norm;

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Execute(QuantizeRows instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _count = instruction.Count.Count("count");
        _segments = instruction.Segments.Count("segments");
        _total = instruction.Total.Count("total");
        _stride = instruction.Stride.Count("stride");
        _sumStride = instruction.SumStride.Count("sumstride");
        _codeStride = instruction.CodeStride.Count("codestride");
        _norm = instruction.Norm.Flag("norm");
        _epsilon = instruction.Epsilon.Single("epsilon");
        _source = scratch.Rows(instruction.Source.Constant, _stride, tokens, 4L * _count, "src");
        _weight = instruction.Weighted.Flag("weighted")
            ? (float*)scratch.Range(instruction.Weight.Constant, 4L * _count, "weight")
            : null;
        _maxima = (float*)scratch.Range(instruction.Maxima.Constant, 4L * tokens, "maxima");
        _sums = _norm ? scratch.Rows(instruction.Sums.Constant, _sumStride, tokens, 4L * _segments, "sums") : null;
        _codes = scratch.Rows(instruction.Codes.Constant, _codeStride, tokens, _count, "codes");
        _scales = (float*)scratch.Range(instruction.Scales.Constant, 4L * tokens, "scales");
        pool.Run(this, tokens, tokens > 1 && (long)tokens * _count > 1 << 15);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        float* x = (float*)(_source + ((long)item * _stride));
        sbyte* codes = (sbyte*)(_codes + ((long)item * _codeStride));
        float a = _maxima[item];
        if (a < Rounding.Smallest)
        {
            new Span<sbyte>(codes, _count).Clear();
            _scales[item] = 0f;
            return;
        }

        Rounding.ToCodes(path, x, _weight, _count, 127f / a, codes);
        float scale = a / 127f;
        if (_norm)
        {
            float squares = SegmentSums.Combine((float*)(_sums + ((long)item * _sumStride)), _segments);
            float mean = squares / _total;
            scale *= 1f / MathF.Sqrt(mean + _epsilon);
        }

        _scales[item] = scale;
    }
}
