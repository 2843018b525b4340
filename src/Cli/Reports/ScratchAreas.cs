using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Cli.Reports;

/// <summary>What lies where in scratch.</summary>
internal static class ScratchAreas
{
    /// <summary>The regions of a schedule.</summary>
    public static IReadOnlyList<ScratchArea> Of(IReadOnlyList<Region> regions) =>
        Sorted(regions.Select(r => new ScratchArea(r.Name, r.Address, r.Bytes)));

    /// <summary>The named activations of a program: the rows of the largest prefill step.</summary>
    public static IReadOnlyList<ScratchArea> Of(MachineProgram program) =>
        Sorted(
            program.Entries.SelectMany(e => e.Symbols).Where(s => s.Core == 0 && s.Stride > 0 && s.IsActivation)
                .Select(s => new ScratchArea(
                    $"{LayerNames.Merged(s.Name)} ({s.Form.ToString().ToLowerInvariant()})", s.Address,
                    s.Stride * program.Memory.MaxTokens))
                .DistinctBy(a => (a.Name, a.Address)));

    private static IReadOnlyList<ScratchArea> Sorted(IEnumerable<ScratchArea> areas) =>
        [.. areas.Where(a => a.Bytes > 0).OrderBy(a => a.Address).ThenByDescending(a => a.Bytes).ThenBy(a => a.Name, StringComparer.Ordinal)];
}
