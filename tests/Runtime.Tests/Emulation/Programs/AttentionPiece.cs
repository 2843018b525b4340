using Flightc.Isa;

namespace Flightc.Tests.Emulation.Programs;

/// <summary>
/// Attention of one KV head on all cores: keys of 8 or 4 bits, in the cache and of this step, windows, masks, caps, tokens that are spread over all
/// channels or over those of a core.
/// </summary>
internal sealed class AttentionPiece
{
    private const int MaskBytes = 8;
    private const int ScoreBytes = 1 << 17;

    private readonly ProgramParts _parts;
    private readonly int _headDim, _group, _tokens, _past, _window, _rotation;
    private readonly bool _isPacked, _isLocal, _isMasked, _skips;
    private readonly float _cap;
    private readonly Unit _unit;
    private readonly sbyte[] _queries, _keys, _values;
    private readonly float[] _queryScales, _scales;
    private readonly byte[] _mask;

    private AttentionPiece(ProgramParts parts)
    {
        _parts = parts;
        RandomNumbers random = parts.Random;
        _isPacked = parts.Coin(3);
        _isLocal = parts.Coin(3);
        _headDim = parts.Coin(3) ? parts.One(64, 128) : random.Within(1, 40) * (parts.Coin() ? 2 : 1);
        _headDim = _isPacked ? (_headDim + 1) / 2 * 2 : _headDim;
        _group = random.Within(1, 8);
        _tokens = parts.Tokens();
        int spread = _isLocal ? parts.Channels.Min() : parts.AllChannels;
        int rowBytes = KeyBytes + ValueBytes;
        _past = Math.Min(parts.Coin(6) ? 0 : random.Within(1, parts.Coin() ? 20 : 400), parts.CacheLeft / rowBytes * spread / 2);
        int width = (_past + _tokens + parts.AllChannels) * (_isLocal ? 1 : 2);
        _tokens = Math.Max(1, Math.Min(_tokens, ScoreBytes / (4 * _group * width)));
        _window = parts.Coin(3) ? random.Within(1, _past + _tokens) : 0;
        _isMasked = parts.Coin(3);
        _skips = _isMasked && parts.Coin();
        _cap = parts.Coin(4) ? parts.One(1.5f, 30f, 72f) : 0;
        _unit = _tokens == 1 && parts.Coin() ? Unit.Vector : Unit.Matrix;
        _rotation = random.Below(parts.AllChannels);
        int queries = _tokens * _group;
        _queries = random.Codes(queries * _headDim);
        _keys = Stored();
        _values = Stored();
        _queryScales = [.. random.Floats(queries, 0.02f).Select(MathF.Abs)];

        // Scales of keys, then of values.
        float valueScale = parts.Coin(8) ? 0f : 0.02f;
        _scales = [.. Enumerable.Range(0, 2 * _tokens).Select(i => (float)(Half)MathF.Abs(random.Float() * (i < _tokens ? 0.02f : valueScale)))];
        _mask = [.. Enumerable.Range(0, 1024).Select(_ => (byte)(random.Below(256) & random.Below(256)))];
        int firstBlock = _past / 64;
        for (int block = firstBlock; block <= (_past + _tokens - 1) / 64; block++)
        {
            // A token always sees itself.
            _mask[(MaskBytes * (block - firstBlock)) + (block / 8)] |= (byte)(1 << (block % 8));
        }
    }

    private int KeyBytes => (_isPacked ? (_headDim + 3) / 4 * 2 : _headDim) + MultiplyKeys.ScaleBytes;

    private int ValueBytes => _isPacked ? _headDim / 2 : _headDim;

    /// <summary>Everything that many programs have to have.</summary>
    public static IEnumerable<string> Features =>
    [
        .. from queries in new[] { "several tokens", "one token" }
           from form in new[]
           {
               "attention to codes of 4 bits", "attention to codes of 8 bits", "attention that skips rows", "attention with a mask", "attention in a window",
               "capped attention", "attention within a core",
           }
           select $"{form}, {queries}",
        "attention without a mask", "attention to all", "attention without a cap", "attention over all channels",
    ];

    public static void Add(ProgramParts parts)
    {
        AttentionPiece piece = new(parts);
        piece.Add();
    }

    private void Add()
    {
        int needed = (ScoreBytes * 2) + (_tokens * _group * _headDim * 16) + (_tokens * _headDim * 4) + (1 << 14);
        if (Enumerable.Range(0, _parts.Cores).Any(core => _parts.RoomIn(core) < needed))
        {
            return;
        }

        int leastSpread = _isLocal ? _parts.Channels.Min() : _parts.AllChannels;
        int mostRows = (_past + leastSpread - 1) / leastSpread;
        int keys = _parts.TakeCache(mostRows * KeyBytes);
        int values = _parts.TakeCache(mostRows * ValueBytes);
        foreach (byte[] cache in _parts.Caches)
        {
            FillCache(cache, keys, values, mostRows);
        }

        for (int core = 0; core < _parts.Cores; core++)
        {
            Add(core, keys, values);
        }

        string queries = _tokens > 1 ? "several tokens" : "one token";
        _parts.Features.Add($"attention to codes of {(_isPacked ? 4 : 8)} bits, {queries}");
        _parts.Features.Add(_skips ? $"attention that skips rows, {queries}" : _isMasked ? $"attention with a mask, {queries}" : "attention without a mask");
        _parts.Features.Add(_window > 0 ? $"attention in a window, {queries}" : "attention to all");
        _parts.Features.Add(_cap > 0 ? $"capped attention, {queries}" : "attention without a cap");
        _parts.Features.Add(_isLocal ? $"attention within a core, {queries}" : "attention over all channels");
        _parts.Words.Append(
            $"attention past={_past} tokens={_tokens} group={_group} d={_headDim} packed={_isPacked} local={_isLocal} window={_window} masked={_isMasked} skips={_skips} cap={_cap}; ");
    }

    private void Add(int core, int keyOffset, int valueOffset)
    {
        ScratchImage image = _parts.Images[core];
        int spread = _isLocal ? _parts.Channels[core] : _parts.AllChannels;
        int slots = (_past + _tokens + spread - 1) / spread;
        int rows = (_past + spread - 1) / spread;
        int width = slots * _parts.Channels[core];
        int queries = _tokens * _group;
        int mask = image.Put(_mask);
        MultiplyKeys score = new(_unit)
        {
            Codes = image.Put(_queries),
            CodeStride = _group * _headDim,
            Scales = image.Put(_queryScales),
            Keys = image.Put(_keys),
            KeyStride = _headDim,
            KeyScales = image.Put(_scales[.._tokens]),
            ValueScales = image.Put(_scales[_tokens..]),
            ScaleStride = 4,
            Rotation = _rotation,
            Past = _past,
            Tokens = _tokens,
            Group = _group,
            HeadDim = _headDim,
            Rows = rows,
            Slots = slots,
            Factor = BitConverter.SingleToUInt32Bits((float)(1.4426950408889634 / Math.Sqrt(_headDim))),
            Window = _window,
            Mask = _isMasked ? mask : 0,
            MaskStride = MaskBytes,
            Out = image.Room(4 * queries * width),
            Values = image.Room(4 * width),
            Maxima = image.Room(4 * queries),
            ValueMaxima = image.Room(4 * queries),
            Local = _isLocal ? 1 : 0,
            Packed = _isPacked ? 1 : 0,
        };

        Exponentiate softmax = new()
        {
            Scores = score.Out,
            Values = score.Values,
            Maxima = score.Maxima,
            ValueMaxima = score.ValueMaxima,
            Rows = queries,
            Width = width,
            Out = image.Room(2 * queries * width),
            Sums = image.Room(8 * queries),
            Cap = BitConverter.SingleToUInt32Bits(_cap),
        };
        MultiplyValues value = new(_unit, _isMasked)
        {
            Probabilities = softmax.Out,
            Codes = image.Put(_values),
            Stride = _headDim,
            Rotation = _rotation,
            Past = _past,
            Tokens = _tokens,
            Group = _group,
            HeadDim = _headDim,
            Rows = rows,
            Slots = slots,
            Out = image.Room(8 * queries * _headDim),
            Local = _isLocal ? 1 : 0,
            Packed = _isPacked ? 1 : 0,
            Mask = mask,
            MaskStride = MaskBytes,
        };
        NormalizeHeads output = new()
        {
            Source = value.Out,
            Sums = softmax.Sums,
            ValueMaxima = score.ValueMaxima,
            Tokens = _tokens,
            Group = _group,
            HeadDim = _headDim,
            Out = image.Room(4 * queries * _headDim),
            OutStride = 4 * _group * _headDim,
        };
        _parts.CacheLoads[core].Add(Load(RandomProgram.CacheAddress + keyOffset, KeyBytes, rows, mask));
        _parts.CacheLoads[core].Add(Load(RandomProgram.CacheAddress + valueOffset, ValueBytes, rows, mask));
        List<(Unit, Instruction)> body = _parts.Bodies[core];
        body.Add((_unit, score));
        if (!_isLocal)
        {
            body.Add((Unit.Exchange, new CombineMaxima { Address = score.Maxima, Count = queries }));
            body.Add((Unit.Exchange, new CombineMaxima { Address = score.ValueMaxima, Count = queries }));
        }

        body.Add((Unit.Misc, softmax));
        body.Add((_unit, value));
        if (!_isLocal)
        {
            body.Add((Unit.Exchange, new CombineSums { Address = softmax.Sums, Count = queries }));
            body.Add((Unit.Exchange, new CombineSums { Address = value.Out, Count = queries * _headDim }));
        }

        body.Add((Unit.Misc, output));
    }

    private LoadCache Load(long address, int bytes, int rows, int mask) => new(_skips)
    {
        Address = address,
        Bytes = bytes,
        Rows = rows,
        Mask = mask,
        MaskStride = MaskBytes,
        Group = _group,
        Past = _past,
        Tokens = _tokens,
        Local = _isLocal ? 1 : 0,
    };

    private sbyte[] Stored() => _isPacked
        ? [.. Enumerable.Range(0, _tokens * _headDim).Select(_ => (sbyte)_parts.Random.Within(-8, 7))]
        : _parts.Random.Codes(_tokens * _headDim);

    private void FillCache(byte[] cache, int keys, int values, int rows)
    {
        RandomNumbers random = _parts.Random;
        for (int r = 0; r < rows; r++)
        {
            Span<byte> key = cache.AsSpan(keys + (r * KeyBytes), KeyBytes);
            foreach (ref byte code in key)
            {
                code = (byte)(sbyte)random.Within(-127, 127);
            }

            foreach (ref byte code in cache.AsSpan(values + (r * ValueBytes), ValueBytes))
            {
                code = (byte)(sbyte)random.Within(-127, 127);
            }

            BitConverter.TryWriteBytes(key[^4..], (Half)MathF.Abs(random.Float() * 0.03f));
            BitConverter.TryWriteBytes(key[^2..], (Half)MathF.Abs(random.Float() * 0.03f));
        }
    }
}
