namespace Flightc.FlightLlm;

/// <summary>Counts instructions.</summary>
internal sealed class CountingSink : InstructionSink
{
    private readonly long[] _counts = new long[TokenScoreboard.Units];
    private long _following;

    /// <summary>Instructions of each unit.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>
    /// The same where a store through all channels serves those that follow it: within a group only the first waits.
    /// </summary>
    public IReadOnlyList<long> MergedCounts
    {
        get
        {
            long[] merged = [.. _counts];
            merged[(int)PublishedUnit.Store] -= _following;
            return merged;
        }
    }

    /// <inheritdoc/>
    public override void Add(in TemplateInstruction instruction)
    {
        _counts[(int)instruction.Unit]++;
        if (instruction is { Unit: PublishedUnit.Store, Channels: > 1, Waits: PublishedUnits.None })
        {
            _following++;
        }
    }

    /// <summary>Counts of a model whose layers are all alike.</summary>
    /// <param name="two">Counts with two layers, where these are those with one.</param>
    /// <param name="layers">Its layers.</param>
    public CountingSink Extrapolate(CountingSink two, int layers)
    {
        CountingSink all = new() { _following = _following + ((layers - 1) * (two._following - _following)) };
        for (int i = 0; i < _counts.Length; i++)
        {
            all._counts[i] = _counts[i] + ((layers - 1) * (two._counts[i] - _counts[i]));
        }

        return all;
    }
}
