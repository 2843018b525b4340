using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>misc.embed</summary>
internal sealed unsafe class TableRows(WorkerPool pool) : IParallelWork
{
    private byte* _source, _out;
    private int _stride, _outStride, _group, _bits, _columns, _first, _count;
    private float _scale;

    /// <summary>Executes it.</summary>
    /// <exception cref="CompilationException">An operand does not lie in scratch, or columns are wanted that
    /// the table does not have (FLC4001).</exception>
    public void Execute(DequantizeRows instruction, ScratchMemory scratch)
    {
        int tokens = instruction.Tokens.Count("tokens");
        _group = instruction.Group.Count("group");
        _bits = instruction.Bits.Count("bits");
        _columns = instruction.Columns.Count("columns");
        _first = instruction.First.Count("first");
        _count = instruction.Count.Count("count");
        _scale = instruction.Scale.Single("scale");
        _stride = instruction.Stride.Count("stride");
        _outStride = instruction.OutStride.Count("outstride");
        if (_group == 0 || _count > _columns - _first)
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"columns {_first} to {(long)_first + _count} of a table of {_columns} in groups of {_group} cannot be taken");
        }

        if (_bits is < 2 or > 8)
        {
            throw new CompilationException(Codes.ProgramInvalid, $"codes of {_bits} bits cannot be read; they have 2 to 8");
        }

        long bytes = 4L + ((_columns + _group - 1L) / _group) + ((((long)_columns * _bits) + 7) / 8);
        _source = scratch.Rows(instruction.Source.Constant, _stride, tokens, bytes, "src");
        _out = scratch.Rows(instruction.Out.Constant, _outStride, tokens, 4L * _count, "out");
        pool.Run(this, tokens, tokens > 1 && (long)tokens * _count > 1 << 14);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        byte* row = _source + ((long)item * _stride);
        byte* multipliers = row + 4;
        byte* codes = multipliers + ((_columns + _group - 1L) / _group);
        float* target = (float*)(_out + ((long)item * _outStride));
        float scale = *(float*)row;
        int end = _first + _count;
        for (int k = _first; k < end;)
        {
            float step = scale * multipliers[k / _group];
            for (int stop = (int)Math.Min(end, ((k / _group) + 1L) * _group); k < stop; k++)
            {
                target[k - _first] = step * Code(codes, (long)k * _bits) * _scale;
            }
        }
    }

    // A code lies in one byte or in two; the second is touched only where it does.
    private int Code(byte* stream, long bit)
    {
        byte* at = stream + (bit >> 3);
        int shift = (int)(bit & 7);
        int window = shift + _bits > 8 ? at[0] | (at[1] << 8) : at[0];
        return window << (32 - _bits - shift) >> (32 - _bits);
    }
}
