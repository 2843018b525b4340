namespace Flightc.Schedules;

/// <summary>
/// Rule 15 of <see cref="ScheduleVerifier"/>: regions that overlap are never alive together. A region is
/// alive from a write to its last read.
/// </summary>
/// <remarks>
/// Steps are followed in order. A write makes a region hold something and spoils every region that overlaps;
/// a read wants a region that holds something. A loop's body is followed twice: it either sets, spoils or
/// leaves a region, so a third time would find nothing new. That units run ahead of one another does not
/// matter: steps that use the same bytes are kept in this order by tokens.
/// </remarks>
internal sealed class ScratchLiveness
{
    private readonly Schedule _schedule;
    private readonly Action<Step, string> _report;
    private readonly Dictionary<string, Region[]> _overlapping;
    // A region that holds something has a null here; one that was spoiled, by which region and step.
    private readonly Dictionary<string, string?> _held = [];
    private readonly HashSet<(Step, string)> _reported = new(ReferencePairs.Instance);

    private ScratchLiveness(Schedule schedule, Action<Step, string> report)
    {
        (_schedule, _report) = (schedule, report);
        _overlapping = schedule.Regions.ToDictionary(
            r => r.Name,
            r => schedule.Regions.Where(o => o.Name != r.Name && o.Address < r.Address + r.Bytes && r.Address < o.Address + o.Bytes).ToArray());
    }

    /// <summary>Reports every read of what is not there any more, or never was.</summary>
    public static void Verify(Schedule schedule, Phase phase, Action<Step, string> report)
    {
        ScratchLiveness liveness = new(schedule, report);
        int loop = -1;
        for (int i = 0; i < phase.Steps.Count; i++)
        {
            if (phase.Steps[i].Kind == StepKind.For)
            {
                loop = (phase.Steps[i].Find("over") is null ? phase.Steps[i].Number("count") : schedule.HeadsOfCore) > 1
                    ? i
                    : -1;
            }
            else if (phase.Steps[i].Kind == StepKind.End && loop >= 0)
            {
                (i, loop) = (loop, -1);
            }
            else
            {
                liveness.Follow(phase.Steps[i]);
            }
        }
    }

    private void Follow(Step step)
    {
        foreach ((ArgumentDefinition argument, string region) in RegionsOf(step))
        {
            if (argument.Role == ArgumentRole.Read || (argument.Role == ArgumentRole.Update && !OnlyWrites(step)))
            {
                Read(step, region);
            }
        }

        foreach ((ArgumentDefinition argument, string region) in RegionsOf(step))
        {
            if (argument.Role != ArgumentRole.Read)
            {
                Write(step, region);
            }
        }
    }

    // A product that does not add to what is there overwrites it.
    private static bool OnlyWrites(Step step) => step.Kind == StepKind.Linear && step.Number("add") == 0;

    private void Read(Step step, string region)
    {
        bool wasWritten = _held.TryGetValue(region, out string? spoiledBy);
        if ((!wasWritten || spoiledBy is not null) && _reported.Add((step, region)))
        {
            _report(
                step,
                wasWritten
                    ? $"region '{region}' is read, and {spoiledBy} has overwritten it"
                    : $"region '{region}' is read, and nothing wrote it");
        }
    }

    private void Write(Step step, string region)
    {
        foreach (Region other in _overlapping[region])
        {
            if (_held.TryGetValue(other.Name, out string? spoiledBy) && spoiledBy is null)
            {
                _held[other.Name] = $"'{region}' of {StepDefinition.Of(step.Kind).Mnemonic} {step.Name}";
            }
        }

        _held[region] = null;
    }

    private static IEnumerable<(ArgumentDefinition Argument, string Region)> RegionsOf(Step step)
    {
        foreach (ArgumentDefinition argument in StepDefinition.Of(step.Kind).Arguments)
        {
            if (argument.Role is ArgumentRole.Read or ArgumentRole.Write or ArgumentRole.Update
                && step.Find(argument.Key) is { } region)
            {
                yield return (argument, region);
            }
        }
    }

    // Two steps of a phase can be equal in value and are still two.
    private sealed class ReferencePairs : IEqualityComparer<(Step Step, string Region)>
    {
        public static ReferencePairs Instance { get; } = new();

        public bool Equals((Step Step, string Region) x, (Step Step, string Region) y) =>
            ReferenceEquals(x.Step, y.Step) && x.Region == y.Region;

        public int GetHashCode((Step Step, string Region) pair) =>
            HashCode.Combine(
                System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.Step),
                pair.Region.GetHashCode(StringComparison.Ordinal));
    }
}
