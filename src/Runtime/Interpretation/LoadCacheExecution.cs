using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>ld.kv and ld.kvmask: a piece is a row of a head, or its mark, for every channel of the core.</summary>
internal sealed unsafe class LoadCacheExecution : Execution
{
    private readonly CoreState _core;
    private readonly long _address, _headPitch;
    private readonly int _bytes;
    private readonly long _rows, _heads, _group, _past, _tokens, _spread;
    private readonly BlockMaskBits? _mask;
    private long _head, _row;

    public LoadCacheExecution(LoadCache instruction, CoreState core)
    {
        _core = core;
        _address = instruction.Address.Constant;
        _bytes = checked((int)instruction.Bytes.Constant);
        _rows = instruction.Rows.Constant;
        _headPitch = instruction.HeadPitch.Constant;
        _heads = _rows > 0 ? instruction.Heads.Constant : 0;
        if (instruction.IsMasked)
        {
            _group = instruction.Group.Constant;
            _past = instruction.Past.Constant;
            _tokens = instruction.Tokens.Constant;
            _spread = instruction.Local.Constant == 1 ? core.Channels.Count : core.AllChannels;
            _mask = new BlockMaskBits(
                core.Scratch, instruction.Mask.Constant, instruction.MaskStride.Constant, instruction.MaskPitch.Constant,
                _past);
        }
    }

    /// <inheritdoc/>
    public override bool CanAdvance() => _head >= _heads || IsSkipped() || FullRing() < 0;

    /// <inheritdoc/>
    public override void Advance()
    {
        if (_head < _heads)
        {
            bool isSkipped = IsSkipped();
            long address = _address + (_head * _headPitch) + (_row * _bytes);
            for (int i = 0; i < _core.Channels.Count; i++)
            {
                int channel = _core.Channels.First + i;
                if (isSkipped)
                {
                    _core.Traffic.Channels[channel].SkippedCache += _bytes;
                    continue;
                }

                _core.CacheRings[i].Push(new ReadOnlySpan<byte>(_core.Memory.Read(channel, address, _bytes), _bytes));
                _core.Traffic.Channels[channel].Cache += _bytes;
            }

            if (isSkipped)
            {
                _core.Marks.Mark();
            }
            else
            {
                _core.Marks.Push(_bytes);
            }

            _row++;
            if (_row == _rows)
            {
                (_head, _row) = (_head + 1, 0);
            }
        }

        Done = _head >= _heads;
    }

    /// <inheritdoc/>
    public override string Lacks() =>
        $"{_bytes} bytes of space in the KV ring of channel {_core.Channels.First + FullRing()}";

    // Nobody needs a row whose past tokens the mask hides from all query heads of the KV head and all tokens of the step.
    private bool IsSkipped() =>
        _mask is not null && !_mask.KeepsAny(
            _head * _group, _group, _tokens, _spread * _row, Math.Min(_spread * (_row + 1), _past));

    private int FullRing() => Array.FindIndex(_core.CacheRings, ring => ring.Free < _bytes);
}
