using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>ld.kv: a piece is a row for every channel of the core.</summary>
internal sealed unsafe class LoadCacheExecution : Execution
{
    private readonly CoreState _core;
    private readonly long _address;
    private readonly int _bytes;
    private readonly long _rows;
    private long _row;

    public LoadCacheExecution(LoadCache instruction, CoreState core)
    {
        _core = core;
        _address = instruction.Address.Constant;
        _bytes = checked((int)instruction.Bytes.Constant);
        _rows = instruction.Rows.Constant;
    }

    /// <inheritdoc/>
    public override bool CanAdvance() => _row >= _rows || FullRing() < 0;

    /// <inheritdoc/>
    public override void Advance()
    {
        if (_row < _rows)
        {
            long address = _address + (_row * _bytes);
            for (int i = 0; i < _core.Channels.Count; i++)
            {
                int channel = _core.Channels.First + i;
                _core.CacheRings[i].Push(new ReadOnlySpan<byte>(_core.Memory.Read(channel, address, _bytes), _bytes));
                _core.Traffic.Channels[channel].Cache += _bytes;
            }

            _row++;
        }

        Done = _row >= _rows;
    }

    /// <inheritdoc/>
    public override string Lacks() =>
        $"{_bytes} bytes of space in the KV ring of channel {_core.Channels.First + FullRing()}";

    private int FullRing() => Array.FindIndex(_core.CacheRings, ring => ring.Free < _bytes);
}
