using Flightc.Diagnostics;

namespace Flightc.Schedules;

/// <summary>The mapping's part of rule 3 of <see cref="ScheduleVerifier"/>.</summary>
internal static class MappingCheck
{
    /// <summary>Reports what is wrong with a mapping; partitions are looked at.</summary>
    /// <returns>Whether it is known how many heads a core has.</returns>
    public static bool Verify(Schedule schedule, DiagnosticBag bag)
    {
        Mapping mapping = schedule.Mapping;
        if (mapping.Decode.Loops is not (1 or 2) || mapping.Prefill.Loops is not (1 or 2) || mapping.GateRows < 1
            || mapping.HeadRows < 1)
        {
            ScheduleVerifier.Report(
                bag, schedule.Name,
                $"attention has {mapping.Decode.Loops} and {mapping.Prefill.Loops} loops, and pieces {mapping.GateRows} and {mapping.HeadRows} rows; 1 or 2 loops and at least 1 row are wanted");
        }

        int spreads = Enumerable.Range(0, schedule.Geometry.Cores.Count).Select(schedule.SpreadOf).Distinct().Count();
        int most = schedule.MaskTable is null ? Schedule.MostSpreads : Schedule.MostSpreadsOfMasked;
        if (spreads > most)
        {
            ScheduleVerifier.Report(
                bag, schedule.Name,
                $"attention is divided by heads among cores of {spreads} different widths; at most {most} are possible");
        }

        long heads = schedule.IsLocal ? schedule.Cache.Heads : (schedule.Group + 2L) * schedule.Cache.Heads;
        if (schedule.FindPartition(Schedule.HeadsPartition) is not { } partition || partition.Total != heads)
        {
            ScheduleVerifier.Report(
                bag, schedule.Name,
                $"attention is divided by {ScheduleText.NameOf(mapping.Attention)}: a partition '{Schedule.HeadsPartition}' of {heads} elements is wanted");
            return false;
        }

        return true;
    }
}
