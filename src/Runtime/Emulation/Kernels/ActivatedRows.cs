using System.Runtime.Intrinsics;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.activate</summary>
internal sealed unsafe class ActivatedRows(VectorPath path, WorkerPool pool) : IParallelWork
{
    private const int Piece = 1024;

    private byte* _source, _out;
    private int _stride, _outStride, _count, _pieces, _function;
    private float _value;
    private bool _gated;

    /// <summary>Executes it.</summary>
    /// <exception cref="CompilationException">An operand does not lie in scratch, or no function has the
    /// number (FLC4001).</exception>
    public void Execute(ActivateRows instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _count = instruction.Count.Count("count");
        _stride = instruction.Stride.Count("stride");
        _outStride = instruction.OutStride.Count("outstride");
        _function = instruction.Function.Count("function");
        _gated = instruction.Gated.Flag("gated");
        _value = instruction.Value.Single("value");
        if (_function is > (int)ActivationFunction.QuickGelu and not ActivateRows.Cap || (_gated && _function == ActivateRows.Cap))
        {
            throw new CompilationException(
                Codes.ProgramInvalid, $"'function' is {_function}, and no {(_gated ? "gated " : "")}function has that number");
        }

        // The last up block ends with the element that belongs to the last result.
        long last = _count - 1L;
        long bytes = _count == 0 ? 0 : _gated ? 64 + (4 * ((32 * (last / 16)) + (last % 16) + 1)) : 4L * _count;
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
        int first = item % _pieces * Piece;
        int end = Math.Min(_count, first + Piece);
        switch (_function)
        {
            case (int)ActivationFunction.Silu:
                Apply(LogisticActivation.Silu, source, target, first, end);
                break;
            case (int)ActivationFunction.Gelu:
                Apply(default(GeluActivation), source, target, first, end);
                break;
            case (int)ActivationFunction.GeluTanh:
                Apply(default(GeluTanhActivation), source, target, first, end);
                break;
            case (int)ActivationFunction.Relu:
                Apply(default(ReluActivation), source, target, first, end);
                break;
            case (int)ActivationFunction.QuickGelu:
                Apply(LogisticActivation.QuickGelu, source, target, first, end);
                break;
            default:
                Apply(new CapActivation(_value), source, target, first, end);
                break;
        }
    }

    private void Apply<TFunction>(TFunction function, float* source, float* target, int i, int end)
        where TFunction : struct, IActivation
    {
        if (_gated)
        {
            Gate(function, source, target, i, end);
            return;
        }

        if (path != VectorPath.Portable)
        {
            for (; i + 16 <= end; i += 16)
            {
                function.Of(Vector512.Load(source + i)).Store(target + i);
            }
        }

        for (; i < end; i++)
        {
            target[i] = function.Of(source[i]);
        }
    }

    private void Gate<TFunction>(TFunction function, float* source, float* target, int i, int end)
        where TFunction : struct, IActivation
    {
        if (path != VectorPath.Portable)
        {
            for (; i + 16 <= end; i += 16)
            {
                Vector512<float> gate = Vector512.Load(source + (2L * i));
                Vector512<float> up = Vector512.Load(source + (2L * i) + 16);
                (function.Of(gate) * up).Store(target + i);
            }
        }

        for (; i < end; i++)
        {
            float* pair = source + (32L * (i / 16)) + (i % 16);
            target[i] = function.Of(pair[0]) * pair[16];
        }
    }
}
