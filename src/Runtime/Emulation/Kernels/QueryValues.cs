using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Sums of values for many queries: values are first written out in pairs of slots, then threads share the
/// queries, four of which meet a run of slots at a time.
/// </summary>
internal sealed unsafe class QueryValues(VectorPath path, WorkerPool pool) : IParallelWork, IDisposable
{
    // 256 products of at most 2^15 · 2^7 are far below 2^31.
    private const int SlotsPerRun = 256;
    private const int SlotsPerPiece = 32;
    private const int QueriesAtOnce = 4;
    private const int QueriesPerPiece = 16;

    private readonly NativeBuffer _pairBuffer = new(), _workBuffer = new();
    private ValueOperands _operands;
    private short* _values;
    private bool _spreads;

    /// <summary>Computes all sums.</summary>
    /// <param name="operands">Values, probabilities and where sums go.</param>
    public void Execute(in ValueOperands operands)
    {
        _operands = operands;
        bool worthwhile = (long)operands.Width * operands.Queries * operands.HeadDim > 1 << 15;
        _values = (short*)_pairBuffer.Ensure((operands.Width + 1L) / 2 * 2 * operands.Padded * sizeof(short));
        _workBuffer.Ensure(WorkBytes * pool.Workers);
        _spreads = true;
        pool.Run(this, (operands.Width + SlotsPerPiece - 1) / SlotsPerPiece, worthwhile);
        _spreads = false;
        pool.Run(this, (operands.Queries + QueriesPerPiece - 1) / QueriesPerPiece, worthwhile);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        byte* work = _workBuffer.Ensure(0) + (WorkBytes * worker);
        if (_spreads)
        {
            int end = Math.Min(_operands.Width, (item + 1) * SlotsPerPiece);
            for (int x = item * SlotsPerPiece; x < end; x += 2)
            {
                SpreadPair(x, end, (sbyte*)work);
            }
        }
        else
        {
            int end = Math.Min(_operands.Queries, (item + 1) * QueriesPerPiece);
            for (int y = item * QueriesPerPiece; y < end; y += QueriesAtOnce)
            {
                Sum(y, Math.Min(QueriesAtOnce, end - y), work);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pairBuffer.Dispose();
        _workBuffer.Dispose();
    }

    private long SumBytes => 8L * QueriesAtOnce * _operands.Padded;

    // Sums of four queries and their probabilities in a run of slots; or two values, unpacked.
    private long WorkBytes => SumBytes + (QueriesAtOnce * SlotsPerRun * sizeof(ushort));

    // Two slots' codes of an element side by side, as INT16.
    private void SpreadPair(int x, int end, sbyte* unpacked)
    {
        int padded = _operands.Padded;
        short* target = _values + ((long)x * padded);
        PairedCodes.Write(
            path, ValueOf(x, unpacked), x + 1 < end ? ValueOf(x + 1, unpacked + padded) : null, _operands.HeadDim, padded, target);
    }

    private sbyte* ValueOf(int x, sbyte* unpacked)
    {
        if (!_operands.IsPacked[x] || _operands.Values[x] == 0)
        {
            return (sbyte*)_operands.Values[x];
        }

        PackedCodes.Unpack(path, (byte*)_operands.Values[x], _operands.HeadDim, unpacked);
        return unpacked;
    }

    private void Sum(int y, int count, byte* work)
    {
        int padded = _operands.Padded, headDim = _operands.HeadDim;
        long* sums = (long*)work;
        new Span<long>(sums, QueriesAtOnce * padded).Clear();
        ushort* kept = (ushort*)(work + SumBytes);
        for (int x = 0; x < _operands.Width; x += SlotsPerRun)
        {
            int slots = Math.Min(SlotsPerRun, _operands.Width - x);
            int all = Gather(x, slots, y, count, kept);
            if (all != 0)
            {
                ValueSums.Add(path, kept, SlotsPerRun, all <= short.MaxValue, _values + ((long)x * padded), (slots + 1) / 2, padded, sums);
            }
        }

        for (int i = 0; i < count; i++)
        {
            new ReadOnlySpan<long>(sums + (i * padded), headDim).CopyTo(new Span<long>(_operands.Out + ((long)(y + i) * headDim), headDim));
        }
    }

    // The probabilities of four queries in a run of slots, 0 where the mask hides a slot or a query is not
    // there; the result has the bits of all of them.
    private int Gather(int x, int slots, int y, int count, ushort* kept)
    {
        new Span<ushort>(kept, QueriesAtOnce * SlotsPerRun).Clear();
        int all = 0;
        for (int i = 0; i < count; i++, kept += SlotsPerRun)
        {
            ReadOnlySpan<ushort> source = new(_operands.Probabilities + ((long)(y + i) * _operands.Width) + x, slots);
            source.CopyTo(new Span<ushort>(kept, slots));
            if (_operands.Mask.Exists)
            {
                Hide(x, slots, y + i, kept);
            }

            all |= BitsOf(kept, slots);
        }

        return all;
    }

    private void Hide(int x, int slots, int query, ushort* kept)
    {
        int known = -1;
        bool keeps = false;
        for (int k = 0; k < slots; k++)
        {
            if (_operands.Values[x + k] == 0)
            {
                kept[k] = 0;
                continue;
            }

            int block = _operands.SlotTokens[x + k] / 64;
            if (block != known)
            {
                known = block;
                keeps = _operands.Mask.Keeps(query % _operands.Group, _operands.Past + (query / _operands.Group), block);
            }

            kept[k] = keeps ? kept[k] : (ushort)0;
        }
    }

    private static int BitsOf(ushort* numbers, int count)
    {
        int k = 0;
        Vector256<ushort> sixteen = default;
        for (; k + 16 <= count; k += 16)
        {
            sixteen |= Vector256.Load(numbers + k);
        }

        int all = 0;
        for (int lane = 0; lane < 16; lane++)
        {
            all |= sixteen.GetElement(lane);
        }

        for (; k < count; k++)
        {
            all |= numbers[k];
        }

        return all;
    }
}
