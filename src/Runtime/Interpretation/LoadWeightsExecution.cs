using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>ld.weights: a piece is a page for every channel of the core.</summary>
internal sealed unsafe class LoadWeightsExecution : Execution
{
    private readonly CoreState _core;
    private readonly long _address;
    private readonly long _pages;
    private long _page;

    public LoadWeightsExecution(LoadWeights instruction, CoreState core)
    {
        _core = core;
        _address = instruction.Address.Constant;
        _pages = instruction.Pages.Constant;
    }

    /// <inheritdoc/>
    public override bool CanAdvance() => _page >= _pages || FullRing() < 0;

    /// <inheritdoc/>
    public override void Advance()
    {
        if (_page < _pages)
        {
            long address = _address + (_page * _core.PageBytes);
            for (int i = 0; i < _core.Channels.Count; i++)
            {
                int channel = _core.Channels.First + i;
                _core.WeightRings[i].Push(
                    new ReadOnlySpan<byte>(
                        _core.Memory.Read(channel, address, _core.PageBytes), _core.PageBytes));
                _core.Traffic.Channels[channel].Weights += _core.PageBytes;
            }

            _page++;
        }

        Done = _page >= _pages;
    }

    /// <inheritdoc/>
    public override string Lacks() =>
        $"{_core.PageBytes} bytes of space in the weight ring of channel {_core.Channels.First + FullRing()}";

    private int FullRing() => Array.FindIndex(_core.WeightRings, ring => ring.Free < _core.PageBytes);
}
