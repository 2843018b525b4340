using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// mm.value and mv.value: the sums of step 4 of Attention of docs/numerics.md §3. Threads share the slots;
/// each has its own INT64 sums.
/// </summary>
internal sealed unsafe class ValueProduct(VectorPath path, WorkerPool pool) : IParallelWork, IDisposable
{
    // Sums of a piece are INT32: 64 products of at most 2^15 · 2^7 are far below 2^31.
    private const int SlotsPerPiece = 64;

    private readonly NativeBuffer _slotBuffer = new(), _pairBuffer = new(), _sumBuffer = new(), _unpackedBuffer = new();
    private readonly CacheRows _cache = new();
    private readonly QueryValues _sums = new(path, pool);

    private int _headDim, _padded, _width, _queries, _group, _past;
    private long* _values;
    private bool* _isPacked;
    private bool _packed;
    private int[] _slotTokens = [];
    private MaskBits _mask;
    private ushort* _probabilities;

    /// <summary>Whether the rows that it takes have been loaded.</summary>
    public static bool HasRows(MultiplyValues instruction, EmulatedCore core) =>
        CacheRows.Has(core, instruction.Rows.Count("rows"), RowBytes(instruction));

    /// <summary>Executes it.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch, or values are
    /// missing (FLC4001).</exception>
    public void Execute(MultiplyValues instruction, EmulatedCore core)
    {
        ScratchMemory scratch = core.Scratch;
        int tokens = instruction.Tokens.Count("tokens");
        int rows = instruction.Rows.Count("rows");
        int slots = instruction.Slots.Count("slots");
        _headDim = instruction.HeadDim.Count("d");
        _padded = (_headDim + 15) / 16 * 16;
        _packed = instruction.Packed.Flag("packed");
        _cache.Take(core, rows, RowBytes(instruction));

        long width = (long)slots * core.Channels.Count;
        long queries = (long)tokens * instruction.Group.Count("group");
        _probabilities = (ushort*)scratch.Rows(
            instruction.Probabilities.Constant, 2 * width, queries, 2 * width, "probabilities");
        long* result = (long*)scratch.Rows(instruction.Out.Constant, 8L * _headDim, queries, 8L * _headDim, "out");
        if (queries == 0 || _headDim == 0)
        {
            return;
        }

        (_width, _queries) = (checked((int)width), (int)queries);
        SetSlots(instruction, core, tokens, rows, slots);
        SetMask(instruction, scratch, tokens);

        if (tokens > 1)
        {
            SumAll(result);
        }
        else
        {
            SumOne(result);
        }
    }

    private void SumAll(long* result) =>
        _sums.Execute(
            new ValueOperands
            {
                Queries = _queries,
                Group = _group,
                HeadDim = _headDim,
                Padded = _padded,
                Width = _width,
                Past = _past,
                Mask = _mask,
                Values = _values,
                IsPacked = _isPacked,
                SlotTokens = _slotTokens,
                Probabilities = _probabilities,
                Out = result,
            });

    private void SumOne(long* result)
    {
        long sums = 8L * _queries * _padded;
        _sumBuffer.Zeroed(sums * pool.Workers);
        _pairBuffer.Ensure(4L * SlotsPerPiece * _padded * pool.Workers);
        _unpackedBuffer.Ensure(_packed ? (long)SlotsPerPiece * _padded * pool.Workers : 0);
        pool.Run(this, (_width + SlotsPerPiece - 1) / SlotsPerPiece, (long)_width * _queries * _headDim > 1 << 15);
        for (int y = 0; y < _queries; y++)
        {
            for (int e = 0; e < _headDim; e++)
            {
                long sum = 0;
                for (int w = 0; w < pool.Workers; w++)
                {
                    sum += ((long*)_sumBuffer.Ensure(0))[(((long)w * _queries) + y) * _padded + e];
                }

                result[((long)y * _headDim) + e] = sum;
            }
        }
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        int x = item * SlotsPerPiece;
        int count = Math.Min(SlotsPerPiece, _width - x);
        long* sums = (long*)_sumBuffer.Ensure(0) + ((long)worker * _queries * _padded);
        if (_packed)
        {
            Unpack(x, count, worker);
        }

        if (path == VectorPath.Portable || HasLarge(x, count))
        {
            Scalar(x, count, sums);
            return;
        }

        short* pairs = (short*)_pairBuffer.Ensure(0) + (2L * SlotsPerPiece * _padded * worker);
        Interleave(x, count, pairs);
        ushort* kept = stackalloc ushort[SlotsPerPiece];
        for (int y = 0; y < _queries; y++)
        {
            ushort* p = _probabilities + ((long)y * _width) + x;
            if (_mask.Exists)
            {
                if (!Keep(x, count, y, kept))
                {
                    continue;
                }

                p = kept;
            }

            long* target = sums + ((long)y * _padded);
            if (path == VectorPath.Avx512)
            {
                Vectors512(p, count, pairs, target);
            }
            else
            {
                Vectors256(p, count, pairs, target);
            }
        }
    }

    public void Dispose()
    {
        _slotBuffer.Dispose();
        _pairBuffer.Dispose();
        _sumBuffer.Dispose();
        _unpackedBuffer.Dispose();
        _sums.Dispose();
        _cache.Dispose();
    }

    private static int RowBytes(MultiplyValues instruction) =>
        checked((int)MultiplyValues.RowBytes(instruction.HeadDim.Count("d"), instruction.Packed.Flag("packed")));

    // A piece's past values a byte each; nobody but its worker looks at its slots.
    private void Unpack(int x, int count, int worker)
    {
        sbyte* target = (sbyte*)_unpackedBuffer.Ensure(0) + ((long)SlotsPerPiece * _padded * worker);
        for (int k = 0; k < count; k++, target += _padded)
        {
            if (_isPacked[x + k] && _values[x + k] != 0)
            {
                PackedCodes.Unpack(path, (byte*)_values[x + k], _headDim, target);
                _values[x + k] = (long)target;
            }
        }
    }

    // The values of every slot; null for slots without a token.
    private void SetSlots(MultiplyValues instruction, EmulatedCore core, int tokens, int rows, int slots)
    {
        int stride = instruction.Stride.Count("stride");
        int rotation = instruction.Rotation.Count("rot");
        int past = instruction.Past.Count("past");
        byte* codes = core.Scratch.Rows(instruction.Codes.Constant, stride, tokens, _headDim, "values");
        _values = (long*)_slotBuffer.Ensure(9L * _width);
        _isPacked = (bool*)(_values + _width);
        _slotTokens = _slotTokens.Length < _width && instruction.IsMasked ? new int[_width] : _slotTokens;
        int channels = core.Channels.Count;
        (int First, int All) spread = CacheRows.Spread(core, instruction.Local);
        for (int i = 0; i < channels; i++)
        {
            long offset = CacheRows.FirstToken(core, i, spread, rotation);
            int pastRows = CacheRows.PastRows(offset, spread.All, past, rows, slots);
            for (int r = 0; r < slots; r++)
            {
                long token = offset + ((long)spread.All * r);
                _isPacked[((long)r * channels) + i] = _packed && r < pastRows;
                _values[((long)r * channels) + i] = r < pastRows ? (long)_cache.Row(i, r)
                    : token < (long)past + tokens ? (long)(codes + ((token - past) * stride))
                    : 0;
                if (instruction.IsMasked)
                {
                    _slotTokens[((long)r * channels) + i] = (int)token;
                }
            }
        }
    }

    private void SetMask(MultiplyValues instruction, ScratchMemory scratch, int tokens)
    {
        _group = instruction.Group.Count("group");
        _past = instruction.Past.Count("past");
        _mask = instruction.IsMasked
            ? MaskBits.Of(
                scratch, instruction.Mask, instruction.MaskStride.Count("maskstride"), instruction.MaskPitch.Count("maskpitch"),
                _group, _past, tokens, (long)_past + tokens - 1)
            : default;
    }

    // The probabilities of the slots that the mask keeps for a query row, and 0 for the others; false where it keeps none.
    private bool Keep(int x, int count, int queryRow, ushort* kept)
    {
        bool any = false;
        int known = -1;
        bool keeps = false;
        for (int k = 0; k < count; k++)
        {
            if (_values[x + k] != 0)
            {
                int block = _slotTokens[x + k] / 64;
                if (block != known)
                {
                    (known, keeps) = (block, _mask.Keeps(queryRow % _group, _past + (queryRow / _group), block));
                }
            }

            any |= keeps && _values[x + k] != 0;
            kept[k] = keeps ? _probabilities[((long)queryRow * _width) + x + k] : (ushort)0;
        }

        return any;
    }

    // Two slots' codes of an element side by side, as INT16.
    private void Interleave(int x, int count, short* pairs)
    {
        for (int k = 0; k < count; k += 2)
        {
            sbyte* first = (sbyte*)_values[x + k];
            sbyte* second = k + 1 < count ? (sbyte*)_values[x + k + 1] : null;
            PairedCodes.Write(path, first, second, _headDim, _padded, pairs + ((long)k * _padded));
        }
    }

    // A probability of the contract has 14 bits; INT16 products need 15.
    private bool HasLarge(int x, int count)
    {
        int all = 0;
        Vector256<ushort> sixteen = default;
        for (int y = 0; y < _queries; y++)
        {
            ushort* p = _probabilities + ((long)y * _width) + x;
            int k = 0;
            for (; k + 16 <= count; k += 16)
            {
                sixteen |= Vector256.Load(p + k);
            }

            for (; k < count; k++)
            {
                all |= p[k];
            }
        }

        return all > short.MaxValue || Vector256.GreaterThanAny(sixteen, Vector256.Create((ushort)short.MaxValue));
    }

    private void Scalar(int x, int count, long* sums)
    {
        for (int k = 0; k < count; k++)
        {
            sbyte* value = (sbyte*)_values[x + k];
            if (value == null)
            {
                continue;
            }

            for (int y = 0; y < _queries; y++)
            {
                if (_mask.Exists && !_mask.Keeps(y % _group, _past + (y / _group), _slotTokens[x + k] / 64))
                {
                    continue;
                }

                int p = _probabilities[((long)y * _width) + x + k];
                for (int e = 0; e < _headDim; e++)
                {
                    sums[((long)y * _padded) + e] += p * value[e];
                }
            }
        }
    }

    private void Vectors512(ushort* p, int count, short* pairs, long* sums)
    {
        int stride = 2 * _padded;
        for (int e = 0; e < _padded; e += 16)
        {
            Vector512<int> even = default, odd = default;
            short* v = pairs + (2 * e);
            int k = 0;
            for (; k + 4 <= count; k += 4, v += 2 * stride)
            {
                even += Avx512BW.MultiplyAddAdjacent(Vector512.Load(v), Vector512.Create(*(int*)(p + k)).AsInt16());
                odd += Avx512BW.MultiplyAddAdjacent(
                    Vector512.Load(v + stride), Vector512.Create(*(int*)(p + k + 2)).AsInt16());
            }

            for (; k < count; k += 2, v += stride)
            {
                even += Avx512BW.MultiplyAddAdjacent(
                    Vector512.Load(v), Vector512.Create(Pair(p, k, count)).AsInt16());
            }

            even += odd;
            (Vector512.Load(sums + e) + Avx512F.ConvertToVector512Int64(even.GetLower())).Store(sums + e);
            (Vector512.Load(sums + e + 8) + Avx512F.ConvertToVector512Int64(even.GetUpper())).Store(sums + e + 8);
        }
    }

    private void Vectors256(ushort* p, int count, short* pairs, long* sums)
    {
        int stride = 2 * _padded;
        for (int e = 0; e < _padded; e += 8)
        {
            Vector256<int> sum = default;
            short* v = pairs + (2 * e);
            for (int k = 0; k < count; k += 2, v += stride)
            {
                sum += Avx2.MultiplyAddAdjacent(Vector256.Load(v), Vector256.Create(Pair(p, k, count)).AsInt16());
            }

            (Vector256.Load(sums + e) + Avx2.ConvertToVector256Int64(sum.GetLower())).Store(sums + e);
            (Vector256.Load(sums + e + 4) + Avx2.ConvertToVector256Int64(sum.GetUpper())).Store(sums + e + 4);
        }
    }

    // Two neighbouring probabilities, or the last one and 0.
    private static int Pair(ushort* p, int k, int count) => k + 1 < count ? *(int*)(p + k) : p[k];
}
