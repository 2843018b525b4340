using System.Numerics;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// The scores of many queries: keys are first written side by side, 16 to a block, then threads share the
/// queries, four of which meet two blocks at a time.
/// </summary>
internal sealed unsafe class QueryScores(VectorPath path, WorkerPool pool) : IParallelWork, IDisposable
{
    /// <summary>Keys of a step of the loops: slots are padded to a multiple of it.</summary>
    public const int KeysAtOnce = 2 * Keys;

    private const int Keys = 16;
    private const int QueriesAtOnce = 4;
    private const int QueriesPerPiece = 32;

    private readonly NativeBuffer _keyBuffer = new(), _workBuffer = new();
    private ScoreOperands _operands;
    private short* _panels;
    private long[] _pairs = [];
    private bool _spreads;

    /// <summary>Computes all scores and their maxima.</summary>
    /// <param name="operands">Queries, keys and where scores go.</param>
    /// <param name="pairs">By worker: gets added the pairs of a query and a key that are multiplied, and the causal ones that the mask hides.</param>
    public void Execute(in ScoreOperands operands, long[] pairs)
    {
        _operands = operands;
        _pairs = pairs;
        int queries = operands.Tokens * operands.Group;
        int steps = (operands.Width + KeysAtOnce - 1) / KeysAtOnce;
        bool worthwhile = (long)operands.Width * queries * operands.HeadDim > 1 << 15;
        _panels = (short*)_keyBuffer.Ensure((long)steps * KeysAtOnce * operands.Padded * sizeof(short));
        _workBuffer.Ensure((long)pool.Workers * WorkBytes);
        _spreads = true;
        pool.Run(this, steps, worthwhile);
        _spreads = false;
        pool.Run(this, (queries + QueriesPerPiece - 1) / QueriesPerPiece, worthwhile);
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        if (_spreads)
        {
            SpreadKeys(item, (short*)(_workBuffer.Ensure(0) + ((long)worker * WorkBytes)));
            return;
        }

        int queries = _operands.Tokens * _operands.Group;
        int first = item * QueriesPerPiece;
        Score(first, Math.Min(queries, first + QueriesPerPiece), (float*)(_workBuffer.Ensure(0) + ((long)worker * WorkBytes)), _pairs.AsSpan(2 * worker, 2));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keyBuffer.Dispose();
        _workBuffer.Dispose();
    }

    // A key as INT16, or the maxima of a piece's queries, 16 lanes of scores and of values each.
    private long WorkBytes => Math.Max(_operands.Padded * sizeof(short), 2L * QueriesPerPiece * 64);

    // Keys to (2 blocks, pairs of elements, 16 keys, 2). A slot without a key is never seen: any will do.
    private void SpreadKeys(int step, short* key)
    {
        int padded = _operands.Padded;
        for (int k = 0; k < KeysAtOnce; k++)
        {
            int x = (step * KeysAtOnce) + k;
            if (_operands.Keys[x] == 0)
            {
                continue;
            }

            if (_operands.Packed && _operands.SlotTokens[x] < _operands.Past)
            {
                PackedCodes.Widen(path, (byte*)_operands.Keys[x], _operands.HeadDim, key, padded);
            }
            else
            {
                IntegerDots.Widen((sbyte*)_operands.Keys[x], _operands.HeadDim, key, padded);
            }

            int* target = (int*)(_panels + ((long)x / Keys * Keys * padded)) + (k % Keys);
            for (int i = 0; i < padded / 2; i++)
            {
                target[i * Keys] = ((int*)key)[i];
            }
        }
    }

    private void Score(int first, int end, float* maxima, Span<long> pairs)
    {
        float* valueMaxima = maxima + (QueriesPerPiece * Keys);
        new Span<float>(maxima, QueriesPerPiece * Keys).Fill(float.NegativeInfinity);
        new Span<float>(valueMaxima, QueriesPerPiece * Keys).Clear();
        int* dots = stackalloc int[QueriesAtOnce * KeysAtOnce];
        uint* visible = stackalloc uint[QueriesAtOnce];
        for (int x = 0; x < _operands.Width; x += KeysAtOnce)
        {
            short* panel = _panels + ((long)x * _operands.Padded);
            for (int y = first; y < end; y += QueriesAtOnce)
            {
                int count = Math.Min(QueriesAtOnce, end - y);
                if (See(x, y, count, visible, pairs))
                {
                    QueryDots.Compute(path, _operands.QueryCodes + ((long)y * _operands.Padded), count, panel, _operands.Padded, dots);
                }

                for (int i = 0; i < count; i++)
                {
                    float* target = _operands.Out + ((long)(y + i) * _operands.Width) + x;
                    int lanes = (y - first + i) * Keys;
                    Finish(x, (ushort)visible[i], dots + (i * KeysAtOnce), _operands.QueryScales[y + i], target, maxima + lanes, valueMaxima + lanes);
                    if (x + Keys < _operands.Width)
                    {
                        Finish(
                            x + Keys, visible[i] >> Keys, dots + (i * KeysAtOnce) + Keys, _operands.QueryScales[y + i], target + Keys, maxima + lanes,
                            valueMaxima + lanes);
                    }
                }
            }
        }

        for (int y = first; y < end; y++)
        {
            _operands.Maxima[y] = Largest(maxima + ((y - first) * Keys), float.NegativeInfinity);
            _operands.ValueMaxima[y] = Largest(valueMaxima + ((y - first) * Keys), 0f);
        }
    }

    // Which of the 32 slots from x on each of some queries sees; false where none sees any.
    private bool See(int x, int y, int count, uint* visible, Span<long> pairs)
    {
        uint all = 0;
        uint causal = 0;
        uint there = There(x);
        int known = -1;
        for (int i = 0; i < count; i++)
        {
            int token = (y + i) / _operands.Group;
            int last = _operands.Past + token;
            if (token != known)
            {
                known = token;
                causal = Causal(x, last);
            }

            visible[i] = there & (_operands.Mask.Exists ? Kept(x, causal, last, (y + i) % _operands.Group) : causal);
            pairs[0] += BitOperations.PopCount(visible[i]);
            pairs[1] += BitOperations.PopCount(causal ^ visible[i]);
            all |= visible[i];
        }

        return all != 0;
    }

    // A bit for every slot whose key was loaded: rows that the mask hides from all queries were not.
    private uint There(int x)
    {
        uint absent = 0;
        for (int part = 0; part < KeysAtOnce; part += 8)
        {
            absent |= (uint)Vector512.Equals(Vector512.Load(_operands.Keys + x + part), default).ExtractMostSignificantBits() << part;
        }

        return ~absent;
    }

    // A bit for every slot that is not after the token at position `last` nor before its window.
    private uint Causal(int x, int last)
    {
        uint visible = 0;
        for (int half = 0; half < 2; half++, x += Keys)
        {
            Vector512<int> tokens = Vector512.Load(_operands.SlotTokens + x);
            Vector512<int> seen = Vector512.LessThanOrEqual(tokens, Vector512.Create(last));
            if (_operands.Window != 0)
            {
                seen &= Vector512.GreaterThan(tokens, Vector512.Create(last - _operands.Window));
            }

            visible |= (uint)seen.ExtractMostSignificantBits() << (half * Keys);
        }

        return visible;
    }

    // Those of them that the mask keeps for a query head. Slots lie close together: mostly they are of one block.
    private uint Kept(int x, uint causal, int last, int head)
    {
        uint kept = 0;
        int known = -1;
        bool keeps = false;
        for (uint left = causal; left != 0; left &= left - 1)
        {
            int k = BitOperations.TrailingZeroCount(left);
            int block = _operands.SlotTokens[x + k] / 64;
            if (block != known)
            {
                (known, keeps) = (block, _operands.Mask.Keeps(head, last, block));
            }

            kept |= keeps ? 1u << k : 0;
        }

        return kept;
    }

    private void Finish(int x, uint visible, int* dots, float queryScale, float* target, float* maxima, float* valueMaxima)
    {
        int count = Math.Min(Keys, _operands.Width - x);
        if (count < Keys || path == VectorPath.Portable)
        {
            FinishScalar(x, count, visible, dots, queryScale, target, maxima, valueMaxima);
            return;
        }

        if (visible == 0)
        {
            Vector512.Create(float.NegativeInfinity).Store(target);
            return;
        }

        Vector512<uint> bits = Vector512.Create(visible) & BitOfLane;
        Vector512<float> seen = Vector512.Equals(bits, BitOfLane).AsSingle();
        Vector512<float> scores = Vector512.ConvertToSingle(Vector512.Load(dots))
            * (Vector512.Create(queryScale) * Vector512.Load(_operands.KeyScales + x));
        scores = Vector512.ConditionalSelect(seen, scores, Vector512.Create(float.NegativeInfinity));
        scores.Store(target);
        Keep(maxima, scores);
        Keep(valueMaxima, seen & Vector512.Load(_operands.Values + x));
    }

    // What is not a number is not larger than anything.
    private static void Keep(float* maxima, Vector512<float> numbers)
    {
        Vector512<float> most = Vector512.Load(maxima);
        Vector512.ConditionalSelect(Vector512.GreaterThan(numbers, most), numbers, most).Store(maxima);
    }

    private void FinishScalar(int x, int count, uint visible, int* dots, float queryScale, float* target, float* maxima, float* valueMaxima)
    {
        for (int k = 0; k < count; k++)
        {
            bool sees = (visible >> k & 1) != 0;
            float score = sees ? dots[k] * (queryScale * _operands.KeyScales[x + k]) : float.NegativeInfinity;
            float value = sees ? _operands.Values[x + k] : 0f;
            target[k] = score;
            maxima[k] = score > maxima[k] ? score : maxima[k];
            valueMaxima[k] = value > valueMaxima[k] ? value : valueMaxima[k];
        }
    }

    private static float Largest(float* lanes, float least)
    {
        for (int k = 0; k < Keys; k++)
        {
            least = lanes[k] > least ? lanes[k] : least;
        }

        return least;
    }

    private static Vector512<uint> BitOfLane =>
        Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
}
