using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>mm.value and mv.value. The sums are written at the end.</summary>
internal sealed class MultiplyValuesExecution : CacheRowExecution
{
    private readonly MultiplyValues _fields;
    private readonly AttentionSlots _slots;
    private readonly BlockMaskBits? _mask;
    private readonly int _queryRows, _headDim;

    // (query rows, d)
    private readonly long[] _sums;

    public MultiplyValuesExecution(MultiplyValues instruction, CoreState core)
        : base(core, instruction.Rows.Constant, instruction.Slots.Constant, (instruction.HeadDim.Constant + instruction.Packed.Constant) / (1 + instruction.Packed.Constant))
    {
        _fields = instruction;
        _slots = new AttentionSlots(
            core, instruction.Rotation.Constant, instruction.Past.Constant, instruction.Tokens.Constant,
            instruction.Slots.Constant, instruction.Local.Constant == 1);
        _mask = instruction.IsMasked
            ? new BlockMaskBits(
                core.Scratch, instruction.Mask.Constant, instruction.MaskStride.Constant, instruction.MaskPitch.Constant,
                instruction.Past.Constant)
            : null;
        _queryRows = core.Results<byte>(instruction.Tokens.Constant, instruction.Group.Constant).Length;
        _sums = core.Results<long>(_queryRows, instruction.HeadDim.Constant);
        _headDim = checked((int)instruction.HeadDim.Constant);
    }

    /// <inheritdoc/>
    protected override void DoRow(long row)
    {
        for (int i = 0; i < Core.Channels.Count; i++)
        {
            long token = _slots.Token(row, i);
            if (token < _slots.End && (token >= _slots.Past || !IsSkipped))
            {
                AddSlot((row * Core.Channels.Count) + i, token, Value(token, i));
            }
        }
    }

    /// <inheritdoc/>
    protected override void Finish() => _sums.CopyTo(Core.Scratch.Elements<long>(_fields.Out.Constant, _sums.Length));

    private ReadOnlySpan<sbyte> Value(long token, int channel) =>
        token < _slots.Past
            ? CacheCodes(Popped(channel, token), _headDim, _fields.Packed.Constant)
            : Core.Scratch.Signed(
                _fields.Codes.Constant + ((token - _slots.Past) * _fields.Stride.Constant), _headDim);

    private void AddSlot(long slot, long key, ReadOnlySpan<sbyte> value)
    {
        int group = (int)_fields.Group.Constant;
        for (int y = 0; y < _queryRows; y++)
        {
            if (_mask is not null && !_mask.Keeps(y % group, _slots.Past + (y / group), key))
            {
                continue;
            }

            long probability = Core.Scratch.Elements<ushort>(
                _fields.Probabilities.Constant + (2 * ((y * _slots.Width) + slot)), 1)[0];
            Span<long> sums = _sums.AsSpan(y * _headDim, _headDim);
            for (int e = 0; e < sums.Length; e++)
            {
                sums[e] += probability * value[e];
            }
        }
    }
}
