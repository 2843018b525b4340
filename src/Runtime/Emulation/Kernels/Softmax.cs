using System.Runtime.Intrinsics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.softmax: step 3 of Attention of docs/numerics.md §3.</summary>
internal sealed unsafe class Softmax(VectorPath path, WorkerPool pool) : IParallelWork
{
    private const float TwoTo24 = 16777216f;
    private const float Largest = 16383f;

    // A lane adds numbers of at most 2^24 to an INT32.
    private const int StepsPerFlush = 32;

    private float* _scores, _values, _maxima, _valueMaxima;
    private ushort* _out;
    private long* _sums;
    private int _width;
    private float _cap;

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Execute(Exponentiate instruction, ScratchMemory scratch)
    {
        int rows = instruction.Rows.Count("rows");
        _width = instruction.Width.Count("width");
        _cap = instruction.Cap.Single("cap");
        _scores = (float*)scratch.Range(instruction.Scores.Constant, 4L * rows * _width, "scores");
        _values = (float*)scratch.Range(instruction.Values.Constant, 4L * _width, "values");
        _maxima = (float*)scratch.Range(instruction.Maxima.Constant, 4L * rows, "maxima");
        _valueMaxima = (float*)scratch.Range(instruction.ValueMaxima.Constant, 4L * rows, "valuemaxima");
        _out = (ushort*)scratch.Range(instruction.Out.Constant, 2L * rows * _width, "out");
        _sums = (long*)scratch.Range(instruction.Sums.Constant, 8L * rows, "sums");
        pool.Run(this, rows, (long)rows * _width > 1 << 13);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        float* scores = _scores + ((long)item * _width);
        ushort* target = _out + ((long)item * _width);
        float valueMost = _valueMaxima[item];

        // Where v^ is 0 every sv is 0, and so is P; the quotient would not be finite.
        float step = valueMost == 0f ? 0f : Largest / valueMost;
        _sums[item] = _cap == 0f
            ? Row(new PlainScores(_maxima[item]), scores, target, step)
            : Row(new CappedScores(_maxima[item], _cap), scores, target, step);
    }

    private long Row<TScores>(TScores exponentials, float* scores, ushort* target, float step)
        where TScores : struct, IActivation
    {
        int x = 0;
        long sum = path == VectorPath.Portable ? 0 : Vectors(exponentials, scores, target, step, out x);
        for (; x < _width; x++)
        {
            float e = exponentials.Of(scores[x]);
            sum += (long)MathF.Round(e * TwoTo24);
            target[x] = (ushort)(int)MathF.Round(e * (_values[x] * step));
        }

        return sum;
    }

    private long Vectors<TScores>(TScores exponentials, float* scores, ushort* target, float step, out int done)
        where TScores : struct, IActivation
    {
        Vector512<float> factor = Vector512.Create(step), unit = Vector512.Create(TwoTo24);
        long sum = 0;
        int width = _width;
        float* values = _values;
        int x = 0;
        while (x + 32 <= width)
        {
            Vector512<int> part = default;
            for (int i = 0; i < StepsPerFlush && x + 32 <= width; i++, x += 32)
            {
                Vector512<float> a = exponentials.Of(Vector512.Load(scores + x));
                Vector512<float> b = exponentials.Of(Vector512.Load(scores + x + 16));
                part += Vector512.ConvertToInt32Native(Vector512.Round(a * unit)) + Vector512.ConvertToInt32Native(Vector512.Round(b * unit));
                Vector512<int> p = Vector512.ConvertToInt32Native(
                    Vector512.Round(a * (Vector512.Load(values + x) * factor)));
                Vector512<int> q = Vector512.ConvertToInt32Native(
                    Vector512.Round(b * (Vector512.Load(values + x + 16) * factor)));
                Vector512.Narrow(p, q).AsUInt16().Store(target + x);
            }

            sum += Vector512.Sum(Vector512.WidenLower(part) + Vector512.WidenUpper(part));
        }

        done = x;
        return sum;
    }
}
