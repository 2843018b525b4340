using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>ld.kv: a piece is a row of a head for every channel of the core.</summary>
internal sealed unsafe class LoadCacheExecution : Execution
{
    private readonly CoreState _core;
    private readonly long _address, _headPitch;
    private readonly int _bytes;
    private readonly long _rows, _heads;
    private long _head, _row;

    public LoadCacheExecution(LoadCache instruction, CoreState core)
    {
        _core = core;
        _address = instruction.Address.Constant;
        _bytes = checked((int)instruction.Bytes.Constant);
        _rows = instruction.Rows.Constant;
        _headPitch = instruction.HeadPitch.Constant;
        _heads = _rows > 0 ? instruction.Heads.Constant : 0;
    }

    /// <inheritdoc/>
    public override bool CanAdvance() => _head >= _heads || FullRing() < 0;

    /// <inheritdoc/>
    public override void Advance()
    {
        if (_head < _heads)
        {
            long address = _address + (_head * _headPitch) + (_row * _bytes);
            for (int i = 0; i < _core.Channels.Count; i++)
            {
                int channel = _core.Channels.First + i;
                _core.CacheRings[i].Push(new ReadOnlySpan<byte>(_core.Memory.Read(channel, address, _bytes), _bytes));
                _core.Traffic.Channels[channel].Cache += _bytes;
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

    private int FullRing() => Array.FindIndex(_core.CacheRings, ring => ring.Free < _bytes);
}
