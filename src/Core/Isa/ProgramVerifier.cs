using Flightc.Diagnostics;
using Flightc.Isa.Hazards;

namespace Flightc.Isa;

/// <summary>
/// Proves of a program, whoever made it:
/// <list type="number">
/// <item>Geometry: 1 to 64 cores, each with channels of its own, in order and without gaps; a weight ring
/// holds a page beside an unfinished tile.</item>
/// <item>Memory map: weights (whole pages) and KV cache lie in a channel, tables, ids and logits in DDR, in
/// this order and disjoint.</item>
/// <item>Registers: numbers are unique; at every representative step an expression has a value from 0 to 2^31
/// - 1.</item>
/// <item>Entries: decode and prefill. Symbols name instructions that exist and lie outside loops.</item>
/// <item>Streams: an instruction stands in a stream of its own unit (<c>sync</c>, <c>loop</c>, <c>endloop</c>
/// in any); loops match, nest at most two deep, wait for nothing and release nothing; fields use only
/// registers that exist and indices of loops around them; a system stream ends with its only <c>sys.end</c>;
/// each ring is popped by one of <c>mm</c> and <c>mv</c>; <c>mv</c> takes one token.</item>
/// <item>Exchanges: the exchange streams of all cores have the same exchanges in the same loops, with the
/// same counts.</item>
/// <item>Tokens: no unit waits for itself; for every pair of units and every nest of loop counts as many
/// tokens are given as taken, hence for every length; at most 2^24 - 1 per pair and step.</item>
/// <item>Progress: at every representative step all streams of all cores end, whatever the timing; rows leave
/// the KV rings in the sizes in which they came and none is left; weight products are those of the image, and weights
/// are loaded in the order of their streams.
/// <c>sys.end</c> cannot end before the last instruction of every other unit has, save loads that nobody
/// needs.</item>
/// <item>Fields: at every representative step, loops at their first and last index, a field lies within its
/// width, and the values make sense together.</item>
/// <item>Hazards: at every representative step, of any two accesses to one byte by different units or cores, one of
/// them a write, one has ended before the other starts, whatever the timing; no byte of scratch is read that the
/// step has not written before; an instruction does not write what it reads or writes elsewhere; blocks of a gather
/// are disjoint
/// (<see cref="HazardRules"/>).</item>
/// <item>Addresses: likewise, accesses lie in scratch, weights, KV cache, tables, ids or logits; only KV
/// cache and logits are written; addresses of binary32, INT64 and u16 are multiples of 4, 8 and 2.</item>
/// </list>
/// </summary>
/// <remarks>
/// Representative steps stand for all lengths: see <see cref="RepresentativeSteps"/>. Where the bytes of
/// weight products are not given, weights are taken to be there whenever wanted.
/// </remarks>
public static class ProgramVerifier
{
    /// <summary>Checks a program.</summary>
    /// <param name="program">The program; it may be hostile.</param>
    /// <param name="poppedWeightBytes">
    /// By core, by weight product with at least one row in stream order, by channel of the core: the bytes of
    /// its tiles. Null when there is no image yet.
    /// </param>
    /// <returns>Errors (FLC4001); none when all rules hold.</returns>
    public static DiagnosticBag Verify(
        MachineProgram program, IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>>? poppedWeightBytes = null) =>
        Verify(program, poppedWeightBytes, entry => RepresentativeSteps.Of(program, entry));

    /// <summary>Checks a program at steps of the caller's choice.</summary>
    internal static DiagnosticBag Verify(
        MachineProgram program, IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>>? poppedWeightBytes,
        Func<EntryPoint, IReadOnlyList<StepLengths>> stepsOf)
    {
        VerifierReport report = new(program);
        MapRules.Check(report);
        if (poppedWeightBytes is not null && poppedWeightBytes.Count != program.Geometry.Cores.Count)
        {
            report.Error(
                "weights",
                $"weight products are given for {poppedWeightBytes.Count} of {program.Geometry.Cores.Count} cores");
        }

        if (!report.Bag.HasErrors)
        {
            foreach (EntryPoint entry in program.Entries)
            {
                Verify(report, entry, stepsOf(entry), poppedWeightBytes);
            }
        }

        return report.Bag;
    }

    private static void Verify(
        VerifierReport report, EntryPoint entry, IReadOnlyList<StepLengths> steps,
        IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>>? popped)
    {
        report.Require(
            steps.Count > 0, entry.Name,
            "no step is possible: the context or the scratch for scores is too small");
        if (!new StreamRules(report, entry).Check())
        {
            return;
        }

        MapRules.Symbols(report, entry);
        new TokenRules(report, entry).Check();
        PreparedStream[][] streams = [.. entry.Streams.Select(core => core.Select(stream => new PreparedStream(stream)).ToArray())];
        InstructionShapes shapes = new(streams);
        AddressRules addresses = new(report, entry);
        int before = report.Bag.Items.Count;
        foreach (StepLengths step in steps)
        {
            if (MapRules.Registers(report, entry, step) is not { } sources)
            {
                return;
            }

            addresses.Check(streams, step, sources);

            // A program with wrong values has no meaningful execution.
            if (report.Bag.Items.Count == before)
            {
                HazardRules hazards = new(report.Program, entry, streams, shapes, sources);
                if (new StepExecution(report.Program, entry, streams, sources, popped, held: null, hazards).Run() is var (place, message))
                {
                    report.Error(place, $"{step}: {message}");
                    return;
                }

                if (hazards.Report(report, step))
                {
                    return;
                }
            }
        }

        if (!report.Bag.HasErrors && steps.Count > 0)
        {
            EndIsLast(report, entry, streams, steps.MaxBy(s => s.Past), popped);
        }
    }

    private static void EndIsLast(
        VerifierReport report, EntryPoint entry, PreparedStream[][] streams, StepLengths step,
        IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>>? popped)
    {
        long[] sources = MapRules.Registers(report, entry, step)!;
        for (Unit held = Unit.Store; held < Unit.System; held++)
        {
            StepExecution execution = new(report.Program, entry, streams, sources, popped, held);
            execution.Run();
            for (int core = 0; core < streams.Length; core++)
            {
                report.Require(
                    execution.HasEnded(core, held) || !execution.HasEnded(core, Unit.System),
                    VerifierReport.Place(entry, core, Unit.System),
                    $"'sys.end' can end before the last instruction of '{InstructionSet.NameOf(held)}' has: nothing waits for that");
            }
        }
    }
}
