using System.Runtime.Intrinsics;
using Flightc.Diagnostics;
using Flightc.Isa;
using HeadForm = Flightc.IR.HeadForm;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.heads: RotaryQuantize and QuantizeHeads of docs/numerics.md §3.</summary>
internal sealed unsafe class HeadQuantization(VectorPath path, WorkerPool pool) : IParallelWork, IDisposable
{
    private readonly NativeBuffer _rotated = new();
    private byte* _source, _table, _codes, _scales;
    private int _stride, _tableStride, _codeStride, _scaleStride, _heads, _headDim, _turned;
    private HeadForm _form;

    /// <summary>Executes it.</summary>
    /// <exception cref="CompilationException">An operand does not lie in scratch, or more of a head is to be
    /// rotated than it has (FLC4001).</exception>
    public void Execute(QuantizeHeads instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _heads = instruction.Heads.Count("heads");
        _headDim = instruction.HeadDim.Count("d");
        _stride = instruction.Stride.Count("stride");
        _tableStride = instruction.TableStride.Count("tablestride");
        _codeStride = instruction.CodeStride.Count("codestride");
        _scaleStride = instruction.ScaleStride.Count("scalestride");
        _turned = instruction.Rotated.Count("rotated");
        _form = (HeadForm)instruction.Cache.Count("cache");
        if (_form > HeadForm.Keys4)
        {
            throw new CompilationException(Codes.ProgramInvalid, $"'cache' is {(int)_form}; there are forms 0 to 3");
        }

        if (_turned > _headDim || _turned % 2 != 0)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, $"'rotated' is {_turned}; an even number of {_headDim} elements can be rotated");
        }

        long elements = (long)_heads * _headDim;
        _source = scratch.Rows(instruction.Source.Constant, _stride, tokens, 4 * elements, "src");
        _table = scratch.Rows(instruction.Table.Constant, _tableStride, tokens, 4L * _turned, "table");
        _codes = scratch.Rows(instruction.Codes.Constant, _codeStride, tokens, elements, "codes");
        _scales = scratch.Rows(instruction.Scales.Constant, _scaleStride, tokens, 4L * _heads, "scales");
        _rotated.Ensure(4L * _headDim * pool.Workers);
        pool.Run(this, tokens, tokens > 1 && tokens * elements > 1 << 14);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        float* rotated = (float*)_rotated.Ensure(0) + ((long)worker * _headDim);
        float* scales = (float*)(_scales + ((long)item * _scaleStride));
        for (int h = 0; h < _heads; h++)
        {
            float* x = (float*)(_source + ((long)item * _stride)) + ((long)h * _headDim);
            if (_turned > 0)
            {
                Rotate(x, (float*)(_table + ((long)item * _tableStride)), rotated);
                x = rotated;
            }

            scales[h] = Quantize(x, (sbyte*)(_codes + ((long)item * _codeStride)) + ((long)h * _headDim));
        }
    }

    public void Dispose() => _rotated.Dispose();

    private float Quantize(float* x, sbyte* codes)
    {
        float a = Rounding.Largest(path, x, null, _headDim);
        float scale = a < Rounding.Smallest ? 0f : a / Divisor(x, a);
        if (_form != HeadForm.Query)
        {
            scale = (float)HalfScale.Of(scale);
        }

        if (scale == 0f)
        {
            new Span<sbyte>(codes, _headDim).Clear();
            return 0f;
        }

        if (_form is HeadForm.Values4 or HeadForm.Keys4)
        {
            ToNarrowCodes(x, 1f / scale, codes);
        }
        else
        {
            Rounding.ToCodes(path, x, null, _headDim, _form == HeadForm.Cache ? 1f / scale : 127f / a, codes);
        }

        return scale;
    }

    // Negative for keys of which no element is -a: then what is largest has the code -8.
    private float Divisor(float* x, float a) => _form switch
    {
        HeadForm.Query or HeadForm.Cache => 127f,
        HeadForm.Values4 => 7f,
        HeadForm.Keys4 => new ReadOnlySpan<float>(x, _headDim).Contains(-a) ? 8f : -8f,
    };

    private void ToNarrowCodes(float* x, float inverse, sbyte* codes)
    {
        float least = _form == HeadForm.Keys4 ? -8f : -7f;
        for (int i = 0; i < _headDim; i++)
        {
            float q = MathF.Round(x[i] * inverse);
            codes[i] = (sbyte)(int)(q > 7f ? 7f : q < least ? least : q);
        }
    }

    private void Rotate(float* x, float* table, float* y)
    {
        int half = _turned / 2;
        int i = 0;
        if (path != VectorPath.Portable)
        {
            for (; i + 16 <= half; i += 16)
            {
                Vector512<float> cos = Vector512.Load(table + i), sin = Vector512.Load(table + half + i);
                Vector512<float> low = Vector512.Load(x + i), high = Vector512.Load(x + half + i);
                ((low * cos) - (high * sin)).Store(y + i);
                ((high * cos) + (low * sin)).Store(y + half + i);
            }
        }

        for (; i < half; i++)
        {
            (float low, float high) = (x[i], x[half + i]);
            y[i] = (low * table[i]) - (high * table[half + i]);
            y[half + i] = (high * table[i]) + (low * table[half + i]);
        }

        new ReadOnlySpan<float>(x + _turned, _headDim - _turned).CopyTo(new Span<float>(y + _turned, _headDim - _turned));
    }
}
