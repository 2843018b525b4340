using System.Numerics;
using System.Runtime.Intrinsics;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>mm.score and mv.score: step 1 of Attention of docs/numerics.md §3. Threads share the slots.</summary>
internal sealed unsafe class KeyProduct(VectorPath path, WorkerPool pool) : IParallelWork, IDisposable
{
    private const int Keys = 16;
    private const int SlotsPerPiece = 64;

    private readonly NativeBuffer _queryBuffer = new(), _slotBuffer = new(), _maximaBuffer = new(), _keyBuffer = new();
    private readonly CacheRows _cache = new();
    private readonly QueryScores _scores = new(path, pool);

    private int _tokens, _group, _headDim, _padded, _past, _window, _width, _queries;
    private long* _keys;
    private float* _keyScales, _queryScales, _values, _out, _partMaxima;
    private int* _slotTokens;
    private short* _queryCodes;
    private MaskBits _mask;
    private bool _packed;

    // By worker: pairs of a query row and a key that were multiplied, and causal ones that the mask hides.
    private readonly long[] _pairs = new long[2 * pool.Workers];

    /// <summary>Whether the rows that it takes have been loaded.</summary>
    public static bool HasRows(MultiplyKeys instruction, EmulatedCore core) =>
        CacheRows.Has(core, instruction.Rows.Count("rows"), RowBytes(instruction));

    /// <summary>Executes it.</summary>
    /// <exception cref="CompilationException">An operand does not lie in scratch, or keys are missing
    /// (FLC4001); a key or a value is not finite (FLC5003).</exception>
    public void Execute(MultiplyKeys instruction, EmulatedCore core)
    {
        ScratchMemory scratch = core.Scratch;
        _tokens = instruction.Tokens.Count("tokens");
        _group = instruction.Group.Count("group");
        _headDim = instruction.HeadDim.Count("d");
        _past = instruction.Past.Count("past");
        _window = instruction.Window.Count("window");
        int rows = instruction.Rows.Count("rows");
        int slots = instruction.Slots.Count("slots");
        _packed = instruction.Packed.Flag("packed");
        _cache.Take(core, rows, RowBytes(instruction));

        long width = (long)slots * core.Channels.Count;
        long queries = (long)_tokens * _group;
        _values = (float*)scratch.Range(instruction.Values.Constant, 4 * width, "values");
        _out = (float*)scratch.Rows(instruction.Out.Constant, 4 * width, queries, 4 * width, "out");
        float* maxima = (float*)scratch.Range(instruction.Maxima.Constant, 4 * queries, "maxima");
        float* valueMaxima = (float*)scratch.Range(instruction.ValueMaxima.Constant, 4 * queries, "valuemaxima");
        (_width, _queries) = (checked((int)width), checked((int)queries));
        SetQueries(instruction, scratch);
        SetSlots(instruction, core, rows, slots);
        SetMask(instruction, scratch);

        if (_tokens > 1)
        {
            ScoreAll(maxima, valueMaxima);
        }
        else
        {
            ScoreOne(maxima, valueMaxima);
        }

        for (int w = 0; w < pool.Workers; w++)
        {
            core.Traffic.CountPairs(core.Number, _pairs[2 * w], _pairs[(2 * w) + 1]);
        }
    }

    private void ScoreAll(float* maxima, float* valueMaxima)
    {
        Array.Clear(_pairs);
        _scores.Execute(
            new ScoreOperands
            {
                Tokens = _tokens,
                Group = _group,
                HeadDim = _headDim,
                Padded = _padded,
                Width = _width,
                Past = _past,
                Window = _window,
                Packed = _packed,
                Mask = _mask,
                Keys = _keys,
                KeyScales = _keyScales,
                SlotTokens = _slotTokens,
                Values = _values,
                QueryCodes = _queryCodes,
                QueryScales = _queryScales,
                Out = _out,
                Maxima = maxima,
                ValueMaxima = valueMaxima,
            },
            _pairs);
    }

    private void ScoreOne(float* maxima, float* valueMaxima)
    {
        int pieces = (_width + SlotsPerPiece - 1) / SlotsPerPiece;
        _partMaxima = (float*)_maximaBuffer.Ensure(8L * pieces * _queries);
        _keyBuffer.Ensure(2L * Keys * _padded * pool.Workers);
        Array.Clear(_pairs);
        pool.Run(this, pieces, (long)_width * _queries * _headDim > 1 << 15);
        for (int y = 0; y < _queries; y++)
        {
            (float score, float value) = (float.NegativeInfinity, 0f);
            for (int p = 0; p < pieces; p++)
            {
                float* part = _partMaxima + (2 * (((long)p * _queries) + y));
                score = part[0] > score ? part[0] : score;
                value = part[1] > value ? part[1] : value;
            }

            (maxima[y], valueMaxima[y]) = (score, value);
        }
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        short* keys = (short*)_keyBuffer.Ensure(0) + ((long)worker * Keys * _padded);
        float* maxima = _partMaxima + (2L * item * _queries);
        for (int y = 0; y < _queries; y++)
        {
            maxima[2 * y] = float.NegativeInfinity;
            maxima[(2 * y) + 1] = 0f;
        }

        int end = Math.Min(_width, (item + 1) * SlotsPerPiece);
        for (int x = item * SlotsPerPiece; x < end; x += Keys)
        {
            Score(x, Math.Min(Keys, end - x), keys, maxima, _pairs.AsSpan(2 * worker, 2));
        }
    }

    private static int RowBytes(MultiplyKeys instruction) =>
        checked((int)MultiplyKeys.RowBytes(instruction.HeadDim.Count("d"), instruction.Packed.Flag("packed")));

    public void Dispose()
    {
        _queryBuffer.Dispose();
        _slotBuffer.Dispose();
        _maximaBuffer.Dispose();
        _keyBuffer.Dispose();
        _cache.Dispose();
        _scores.Dispose();
    }

    // Codes as INT16, padded with zeros, and sq × factor.
    private void SetQueries(MultiplyKeys instruction, ScratchMemory scratch)
    {
        int stride = instruction.CodeStride.Count("codestride");
        int scaleStride = instruction.ScaleStride.Count("scalestride");
        float factor = instruction.Factor.Single("factor");
        sbyte* codes = (sbyte*)scratch.Rows(
            instruction.Codes.Constant, stride, _tokens, (long)_group * _headDim, "codes");
        byte* scales = scratch.Rows(instruction.Scales.Constant, scaleStride, _tokens, 4L * _group, "scales");
        _padded = (_headDim + 31) / 32 * 32;
        _queryCodes = (short*)_queryBuffer.Ensure((2L * _queries * _padded) + (4L * _queries));
        _queryScales = (float*)(_queryCodes + ((long)_queries * _padded));
        for (int y = 0; y < _queries; y++)
        {
            (int t, int j) = (y / _group, y % _group);
            IntegerDots.Widen(
                codes + ((long)t * stride) + ((long)j * _headDim), _headDim,
                _queryCodes + ((long)y * _padded), _padded);
            _queryScales[y] = *(float*)(scales + ((long)t * scaleStride) + (4L * j)) * factor;
        }
    }

    // Token, key and scales of every slot; slots without a token get a token that nobody sees.
    private void SetSlots(MultiplyKeys instruction, EmulatedCore core, int rows, int slots)
    {
        int keyStride = instruction.KeyStride.Count("keystride");
        int scaleStride = instruction.ScaleStride.Count("scalestride");
        int rotation = instruction.Rotation.Count("rot");
        byte* codes = ScratchRows(instruction.Keys, keyStride, _headDim, "keys");
        byte* keyScales = ScratchRows(instruction.KeyScales, scaleStride, 4, "keyscales");
        byte* valueScales = ScratchRows(instruction.ValueScales, scaleStride, 4, "valuescales");
        long padded = (_width + QueryScores.KeysAtOnce - 1L) / QueryScores.KeysAtOnce * QueryScores.KeysAtOnce;
        _keys = (long*)_slotBuffer.Ensure(16 * padded);
        _keyScales = (float*)(_keys + padded);
        _slotTokens = (int*)(_keyScales + padded);
        for (long x = _width; x < padded; x++)
        {
            (_keys[x], _keyScales[x], _slotTokens[x]) = (0, 0f, int.MaxValue);
        }

        int channels = core.Channels.Count;
        (int First, int All) spread = CacheRows.Spread(core, instruction.Local);
        for (int i = 0; i < channels; i++)
        {
            long offset = CacheRows.FirstToken(core, i, spread, rotation);
            int pastRows = CacheRows.PastRows(offset, spread.All, _past, rows, slots);
            for (int r = 0; r < slots; r++)
            {
                long x = ((long)r * channels) + i;
                long token = offset + ((long)spread.All * r);
                byte* row = r < pastRows ? _cache.Row(i, r) : null;
                if (row != null)
                {
                    _keys[x] = (long)row;
                    ushort* scales = (ushort*)(row + _cache.RowBytes - MultiplyKeys.ScaleBytes);
                    _keyScales[x] = HalfScale.ToSingle(scales[0]);
                    _values[x] = HalfScale.ToSingle(scales[1]);
                    _slotTokens[x] = (int)token;
                }
                else if (r >= pastRows && token < (long)_past + _tokens)
                {
                    _keys[x] = (long)(codes + ((token - _past) * keyStride));
                    _keyScales[x] = *(float*)(keyScales + ((token - _past) * scaleStride));
                    _values[x] = *(float*)(valueScales + ((token - _past) * scaleStride));
                    _slotTokens[x] = (int)token;
                }
                else
                {
                    // Nobody sees what was skipped either.
                    (_keys[x], _keyScales[x], _values[x]) = (0, 0f, 0f);
                    _slotTokens[x] = r < pastRows ? (int)token : int.MaxValue;
                }

                // Nothing behind this would tell: a maximum passes over what is not a number, and its
                // probability is 0.
                if (!float.IsFinite(_keyScales[x]) || !float.IsFinite(_values[x]))
                {
                    throw new CompilationException(
                        Codes.ResultNotFinite, $"the key or the value of token {token} is not finite", "",
                        "see with 'flightc check' whether the weights are sound");
                }
            }
        }

        byte* ScratchRows(Operand address, int stride, int bytes, string name) =>
            core.Scratch.Rows(address.Constant, stride, _tokens, bytes, name);
    }

    private void SetMask(MultiplyKeys instruction, ScratchMemory scratch) =>
        _mask = instruction.Mask.Constant == 0
            ? default
            : MaskBits.Of(
                scratch, instruction.Mask, instruction.MaskStride.Count("maskstride"), instruction.MaskPitch.Count("maskpitch"),
                _group, _past, _tokens, (long)_past + _tokens - 1);

    // Scores 16 slots, of which `count` are there, against all queries.
    private void Score(int x, int count, short* keys, float* maxima, Span<long> pairs)
    {
        int first = int.MaxValue;
        uint there = 0;
        for (int k = 0; k < Keys; k++)
        {
            // A slot without a key is never seen, so whatever stands in its place does not matter.
            if (_keys[x + k] != 0)
            {
                short* key = keys + ((long)k * _padded);
                if (_packed && _slotTokens[x + k] < _past)
                {
                    PackedCodes.Widen(path, (byte*)_keys[x + k], _headDim, key, _padded);
                }
                else
                {
                    IntegerDots.Widen((sbyte*)_keys[x + k], _headDim, key, _padded);
                }

                there |= 1u << k;
            }

            first = Math.Min(first, _slotTokens[x + k]);
        }

        int* dots = stackalloc int[Keys];
        float* scores = stackalloc float[Keys];
        for (int t = 0; t < _tokens; t++)
        {
            int last = _past + t;
            uint causal = last < first ? 0 : Causal(x, count, last);
            for (int y = t * _group; y < (t + 1) * _group; y++)
            {
                uint visible = there & (_mask.Exists ? Kept(x, causal, last, y - (t * _group)) : causal);
                pairs[0] += BitOperations.PopCount(visible);
                pairs[1] += BitOperations.PopCount(causal ^ visible);
                float* target = _out + ((long)y * _width) + x;
                if (visible == 0)
                {
                    new Span<float>(target, count).Fill(float.NegativeInfinity);
                    continue;
                }

                IntegerDots.Sixteen(path, _queryCodes + ((long)y * _padded), keys, _padded, dots);
                Finish(x, count, visible, dots, _queryScales[y], count == Keys ? target : scores, maxima + (2L * y));
                if (count < Keys)
                {
                    Buffer.MemoryCopy(scores, target, 4L * count, 4L * count);
                }
            }
        }
    }

    // A bit for every slot whose key is not after the token at position `last`, nor before its window.
    private uint Causal(int x, int count, int last)
    {
        uint visible = 0;
        for (int k = 0; k < count; k++)
        {
            int u = _slotTokens[x + k];
            visible |= u <= last && (_window == 0 || last - u < _window) ? 1u << k : 0;
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
            int block = _slotTokens[x + k] / 64;
            if (block != known)
            {
                (known, keeps) = (block, _mask.Keeps(head, last, block));
            }

            kept |= keeps ? 1u << k : 0;
        }

        return kept;
    }

    private void Finish(int x, int count, uint visible, int* dots, float queryScale, float* target, float* maxima)
    {
        if (path == VectorPath.Portable)
        {
            for (int k = 0; k < count; k++)
            {
                bool sees = (visible >> k & 1) != 0;
                float score = sees ? dots[k] * (queryScale * _keyScales[x + k]) : float.NegativeInfinity;
                target[k] = score;
                maxima[0] = score > maxima[0] ? score : maxima[0];
                maxima[1] = sees && _values[x + k] > maxima[1] ? _values[x + k] : maxima[1];
            }

            return;
        }

        Vector512<uint> bits = Vector512.Create(visible) & BitOfLane;
        Vector512<float> seen = Vector512.Equals(bits, BitOfLane).AsSingle();
        Vector512<float> score16 = Vector512.ConvertToSingle(Vector512.Load(dots))
            * (Vector512.Create(queryScale) * Vector512.Load(_keyScales + x));
        score16 = Vector512.ConditionalSelect(seen, score16, Vector512.Create(float.NegativeInfinity));
        score16.Store(target);
        float most = Rounding.LargestLane(score16);
        maxima[0] = most > maxima[0] ? most : maxima[0];
        if (count == Keys)
        {
            float value = Rounding.LargestLane(seen & Vector512.Load(_values + x));
            maxima[1] = value > maxima[1] ? value : maxima[1];
            return;
        }

        for (int k = 0; k < count; k++)
        {
            maxima[1] = (visible >> k & 1) != 0 && _values[x + k] > maxima[1] ? _values[x + k] : maxima[1];
        }
    }

    private static Vector512<uint> BitOfLane =>
        Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
}
