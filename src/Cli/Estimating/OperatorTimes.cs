using System.Text.RegularExpressions;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Estimating;

/// <summary>An operator of all layers together in the time of one step.</summary>
/// <param name="Phase"><c>decode</c> or <c>prefill</c>.</param>
/// <param name="Name">Its name, with <c>*</c> for the number of the layer.</param>
/// <param name="Seconds">Its part of the step, mean of the cores.</param>
/// <param name="Share">The same as a share.</param>
/// <param name="BoundBy">What most of that was spent on.</param>
/// <param name="BoundShare">The share of its part that was.</param>
internal sealed record OperatorEstimate(
    string Phase, string Name, double Seconds, double Share, string BoundBy, double BoundShare);

/// <summary>
/// Divides the time of a step among its operators: from the end of one instruction of the matrix engine to the end
/// of the next is the time of the next one's operator, whatever the engine waited for.
/// </summary>
/// <param name="unit">The matrix engine's unit in this step.</param>
/// <param name="cores">How many cores there are.</param>
internal sealed partial class OperatorTimes(Unit unit, int cores) : ITimingObserver
{
    private const int Causes = (int)StallCause.NothingLeft + 1;
    private const int Busy = Causes;
    private const string Rest = "last results";

    private readonly Dictionary<string, double[]> _operators = new(StringComparer.Ordinal);
    private readonly double[] _ends = new double[cores];

    // What stands in no operator's name, such as a synchronisation, is part of what follows it.
    private readonly double[][] _pending = [.. Enumerable.Range(0, cores).Select(_ => new double[Causes + 1])];

    /// <inheritdoc/>
    public void Executed(
        int core, Unit unitOfInstruction, int index, Instruction resolved, double start, double end,
        ReadOnlySpan<Stall> stalls)
    {
        if (unitOfInstruction != unit)
        {
            return;
        }

        double[] pending = _pending[core];
        double waited = 0;
        foreach (Stall stall in stalls)
        {
            pending[(int)stall.Cause] += stall.Cycles;
            waited += stall.Cycles;
        }

        pending[Busy] += Math.Max(0, end - _ends[core] - waited);
        _ends[core] = end;
        if (resolved.Provenance.Length > 0)
        {
            string name = Part().Replace(LayerNumber().Replace(resolved.Provenance, "layers.*."), "");
            if (!_operators.TryGetValue(name, out double[]? cycles))
            {
                _operators.Add(name, cycles = new double[Causes + 1]);
            }

            for (int i = 0; i < pending.Length; i++)
            {
                cycles[i] += pending[i];
            }

            Array.Clear(pending);
        }
    }

    /// <inheritdoc/>
    public void Claimed(int core, bool isWeights, double cycle, double bytes)
    {
    }

    /// <summary>The operators, those with most time first.</summary>
    /// <param name="step">The step that was observed.</param>
    public IReadOnlyList<OperatorEstimate> Of(StepTiming step)
    {
        double all = step.Cycles * cores;
        double rest = all - _ends.Sum();
        return
        [
            .. _operators.Select(o => Estimate(o.Key, o.Value))
                .Append(new OperatorEstimate(step.Case.Entry, Rest, rest / all * step.Seconds, rest / all, "other units", 1))
                .OrderByDescending(o => o.Seconds).ThenBy(o => o.Name, StringComparer.Ordinal),
        ];

        OperatorEstimate Estimate(string name, double[] cycles)
        {
            double sum = cycles.Sum();
            int most = Array.IndexOf(cycles, cycles.Max());
            return new OperatorEstimate(
                step.Case.Entry, name, sum / all * step.Seconds, sum / all, Words(most), sum > 0 ? cycles[most] / sum : 1);
        }
    }

    private static string Words(int cause) => cause == Busy ? "matrix" : (StallCause)cause switch
    {
        StallCause.LoadToken => "table loads",
        StallCause.StoreToken => "stores",
        StallCause.MatrixToken or StallCause.VectorToken => "matrix",
        StallCause.MiscToken => "special functions",
        StallCause.ExchangeToken or StallCause.ExchangePartner => "exchange",
        StallCause.SystemToken or StallCause.NothingLeft => "end of step",
        StallCause.RingSpace or StallCause.RingData or StallCause.Memory => "hbm",
        StallCause.InstructionFetch => "instruction fetch",
    };

    // A product that is computed in parts has their numbers at its end.
    [GeneratedRegex(@"\.\d+$", RegexOptions.CultureInvariant)]
    private static partial Regex Part();

    [GeneratedRegex(@"layers\.\d+\.", RegexOptions.CultureInvariant)]
    private static partial Regex LayerNumber();
}
