using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Cli.Reports;

/// <summary>What an operator of the model took in a step.</summary>
/// <param name="Name">What its instructions are for.</param>
/// <param name="Resources">Cycles of each resource.</param>
/// <param name="HbmBytes">Bytes of HBM, of all cores.</param>
/// <param name="Macs">Multiply-accumulates, of all cores.</param>
/// <param name="MatrixCycles">From start to end of its matrix instructions, on the core where that is longest.</param>
/// <param name="Count">How many operators these are: layers whose names are merged.</param>
internal sealed record OperatorUse(
    string Name, ResourceUse Resources, double HbmBytes, double Macs, double MatrixCycles, int Count)
{
    // Loads of weights serve all products; the products carry the bytes.
    private const string Weights = "weights";

    /// <summary>The operators of a step, in the order of their first instruction.</summary>
    public static IReadOnlyList<OperatorUse> Of(StepProfile profile, Target target)
    {
        InstructionProfile[] all = [.. profile.Instructions.Where(i => i.Provenance.Length > 0 && i.Provenance != Weights)];
        double attention = all.Where(i => i.IsAttention).Sum(i => i.Busy);
        return
        [
            .. all.GroupBy(i => i.Provenance, StringComparer.Ordinal)
                .OrderBy(g => g.Min(i => i.Start)).ThenBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => Of(g.Key, [.. g], profile, target, attention)),
        ];
    }

    /// <summary>The same, with all layers added up.</summary>
    public static IReadOnlyList<OperatorUse> Merge(IEnumerable<OperatorUse> operators) =>
    [
        .. operators.GroupBy(o => LayerNames.Merged(o.Name), StringComparer.Ordinal).Select(g => new OperatorUse(
            g.Key, g.Aggregate(default(ResourceUse), (sum, o) => sum + o.Resources), g.Sum(o => o.HbmBytes),
            g.Sum(o => o.Macs), g.Sum(o => o.MatrixCycles), g.Count())),
    ];

    private static OperatorUse Of(
        string name, InstructionProfile[] instructions, StepProfile profile, Target target, double attention)
    {
        double macs = 0;
        foreach (InstructionProfile i in instructions)
        {
            // The model counts attention as a whole; products of one kind need time in proportion to their work.
            macs += (i.Product?.Total.Macs ?? 0) * (double)i.Tokens;
            macs += i.IsAttention && attention > 0 ? profile.Timing.Macs.Attention * i.Busy / attention : 0;
        }

        double elapsed = instructions.Where(i => i.Unit is Unit.Matrix or Unit.Vector).GroupBy(i => i.Core)
            .Select(core => core.Sum(i => i.Elapsed)).DefaultIfEmpty().Max();
        return new OperatorUse(
            name, ResourceUse.Of(instructions, target),
            instructions.Sum(i => i.HbmBytes + (i.Product?.Total.Bytes ?? 0)), macs, elapsed, 1);
    }
}
