using System.Buffers.Binary;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>mm.score and mv.score. Scores are written row by row, the maxima at the end.</summary>
internal sealed class MultiplyKeysExecution : CacheRowExecution
{
    // A row of the cache ends with the key's scale and the value's scale, binary16 each.
    private const int ScaleBytes = 4;

    private readonly MultiplyKeys _fields;
    private readonly AttentionSlots _slots;
    private readonly BlockMaskBits? _mask;
    private readonly int _tokens, _group, _headDim;
    private readonly float _factor;
    private readonly float[] _maxima, _valueMaxima;

    public MultiplyKeysExecution(MultiplyKeys instruction, CoreState core)
        : base(core, instruction.Rows.Constant, instruction.Slots.Constant, CodeBytes(instruction) + ScaleBytes)
    {
        _fields = instruction;
        _slots = new AttentionSlots(
            core, instruction.Rotation.Constant, instruction.Past.Constant, instruction.Tokens.Constant,
            instruction.Slots.Constant, instruction.Local.Constant == 1);
        _mask = instruction.Mask.Constant == 0
            ? null
            : new BlockMaskBits(
                core.Scratch, instruction.Mask.Constant, instruction.MaskStride.Constant, instruction.MaskPitch.Constant,
                instruction.Past.Constant);
        _maxima = core.Results<float>(instruction.Tokens.Constant, instruction.Group.Constant);
        _valueMaxima = new float[_maxima.Length];
        Array.Fill(_maxima, float.NegativeInfinity);
        _tokens = (int)instruction.Tokens.Constant;
        _group = (int)instruction.Group.Constant;
        _headDim = checked((int)instruction.HeadDim.Constant);
        _factor = BitConverter.UInt32BitsToSingle((uint)instruction.Factor.Constant);
    }

    /// <inheritdoc/>
    protected override void DoRow(long row)
    {
        for (int i = 0; i < Core.Channels.Count; i++)
        {
            DoSlot(_slots.Token(row, i), i, (row * Core.Channels.Count) + i);
        }
    }

    /// <inheritdoc/>
    protected override void Finish()
    {
        _maxima.CopyTo(Core.Scratch.Floats(_fields.Maxima.Constant, _maxima.Length));
        _valueMaxima.CopyTo(Core.Scratch.Floats(_fields.ValueMaxima.Constant, _valueMaxima.Length));
    }

    // Packed codes take whole pairs of bytes, so that the scales lie at multiples of two.
    private static long CodeBytes(MultiplyKeys instruction) =>
        instruction.Packed.Constant == 1 ? 2 * ((instruction.HeadDim.Constant + 3) / 4) : instruction.HeadDim.Constant;

    private void DoSlot(long key, int channel, long slot)
    {
        ReadOnlySpan<sbyte> codes = default;
        float keyScale = 0f;
        float valueScale = 0f;
        bool isSkipped = IsSkipped && key < _slots.Past;
        if (isSkipped)
        {
            // Its row never came, since nobody sees it.
        }
        else if (key < _slots.Past)
        {
            ReadOnlySpan<byte> popped = Popped(channel, key);
            int scales = (int)CodeBytes(_fields);
            codes = CacheCodes(popped, _headDim, _fields.Packed.Constant);
            keyScale = (float)BinaryPrimitives.ReadHalfLittleEndian(popped[scales..]);
            valueScale = (float)BinaryPrimitives.ReadHalfLittleEndian(popped[(scales + 2)..]);
        }
        else if (key < _slots.End)
        {
            long token = key - _slots.Past;
            codes = Core.Scratch.Signed(_fields.Keys.Constant + (token * _fields.KeyStride.Constant), _headDim);
            keyScale = Core.Scratch.Float(_fields.KeyScales.Constant + (token * _fields.ScaleStride.Constant));
            valueScale = Core.Scratch.Float(_fields.ValueScales.Constant + (token * _fields.ScaleStride.Constant));
        }

        Core.Scratch.Float(_fields.Values.Constant + (4 * slot)) = valueScale;
        for (int t = 0; t < _tokens; t++)
        {
            bool causal = IsCausal(key, _slots.Past + t);
            for (int j = 0; j < _group; j++)
            {
                bool visible = causal && !isSkipped && (_mask is null || _mask.Keeps(j, _slots.Past + t, key));
                Core.Traffic.CountPairs(Core.Number, causal, visible);
                int y = (t * _group) + j;
                float score = visible ? Score(t, j, codes, keyScale) : float.NegativeInfinity;
                Core.Scratch.Float(_fields.Out.Constant + (4 * ((y * _slots.Width) + slot))) = score;
                if (visible)
                {
                    _maxima[y] = MathF.Max(_maxima[y], score);
                    _valueMaxima[y] = MathF.Max(_valueMaxima[y], valueScale);
                }
            }
        }
    }

    // Not after the query, and not before its window.
    private bool IsCausal(long key, long query) =>
        key <= query && (_fields.Window.Constant == 0 || query - key < _fields.Window.Constant);

    private float Score(int token, int head, ReadOnlySpan<sbyte> key, float keyScale)
    {
        ReadOnlySpan<sbyte> query = Core.Scratch.Signed(
            _fields.Codes.Constant + (token * _fields.CodeStride.Constant) + ((long)head * _headDim), _headDim);
        float queryScale = Core.Scratch.Float(
            _fields.Scales.Constant + (token * _fields.ScaleStride.Constant) + (4L * head));
        int sum = 0;
        for (int i = 0; i < query.Length; i++)
        {
            sum += query[i] * key[i];
        }

        return sum * ((queryScale * _factor) * keyScale);
    }
}
