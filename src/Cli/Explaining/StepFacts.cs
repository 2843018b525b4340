using Flightc.Cli.Reports;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Explaining;

/// <summary>What a unit of a core did for a name.</summary>
/// <param name="Core">Number of the core.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Count">Instructions executed.</param>
/// <param name="Busy">Cycles of work; of a product that several weights share, all of it.</param>
/// <param name="Stalls">Cycles of waiting, by cause.</param>
internal sealed record UnitFacts(int Core, Unit Unit, long Count, double Busy, IReadOnlyList<double> Stalls);

/// <summary>What a name takes of a step: simulated.</summary>
/// <param name="Step">The step.</param>
/// <param name="StepCycles">Cycles of all of it.</param>
/// <param name="Start">Cycle at which the first of its instructions started.</param>
/// <param name="End">Cycle at which the last of them ended.</param>
/// <param name="Resources">Cycles that it needs of each resource.</param>
/// <param name="Units">What the units did.</param>
internal sealed record StepFacts(
    StepCase Step, double StepCycles, double Start, double End, ResourceUse Resources, IReadOnlyList<UnitFacts> Units)
{
    /// <summary>Models a step and picks out what belongs to a name.</summary>
    /// <param name="subject">A program whose machine is known.</param>
    /// <param name="step">The step.</param>
    /// <param name="belongs">Whether an instruction does: core, unit, number in its stream.</param>
    /// <param name="share">The share of a product that counts: core, unit, number.</param>
    /// <returns>Null where the step executes nothing of it.</returns>
    public static StepFacts? Of(
        Subject subject, StepCase step, Func<int, Unit, int, bool> belongs, Func<int, Unit, int, double> share)
    {
        StepProfile profile = StepProfile.Of(subject, step);
        InstructionProfile[] own = [.. profile.Instructions.Where(i => belongs(i.Core, i.Unit, i.Index))];
        if (own.Length == 0)
        {
            return null;
        }

        return new StepFacts(
            step, profile.Timing.Cycles, own.Min(i => i.Start), own.Max(i => i.End),
            ResourceUse.Of(own, subject.Model.Target, i => share(i.Core, i.Unit, i.Index)),
            [
                .. own.GroupBy(i => (i.Core, i.Unit)).OrderBy(g => g.Key).Select(g => new UnitFacts(
                    g.Key.Core, g.Key.Unit, g.Sum(i => i.Count), g.Sum(i => i.Busy),
                    [.. StallNames.All.Select(c => g.Sum(i => i.Stalls[(int)c]))])),
            ]);
    }
}
