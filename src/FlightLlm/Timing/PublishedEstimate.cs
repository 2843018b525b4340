using Flightc.Diagnostics;

namespace Flightc.FlightLlm;

/// <summary>What a published machine takes for a model: the entry point for those who only want numbers.</summary>
/// <param name="Cases">Time of each workload.</param>
/// <param name="Programs">Bytes of programs.</param>
/// <remarks>
/// Times are those of the published model, which has been held against its released tables; for a machine with fitted constants
/// they are those of the fit. A decode step runs the program of its bucket: the time of a workload is the sum over its
/// tokens, as in the released evaluation.
/// </remarks>
public sealed record PublishedEstimate(IReadOnlyList<PublishedCaseTiming> Cases, ProgramSizes Programs)
{
    /// <summary>Estimates.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="model">The model's shape.</param>
    /// <param name="recipe">How weights are stored; null for the recipe of the published evaluation.</param>
    /// <param name="cases">Workloads.</param>
    /// <param name="explanation">What measured times are explained with, where the target has fits; not looked at where it has none.</param>
    /// <param name="mask">Blocks that attention of prompts computes; null for all that are causal. The released masks, which leave
    /// out blocks from 256 tokens on, are data.</param>
    /// <exception cref="CompilationException">A sequence is too long for the machine (FLC1104), or its buffers are too small for the
    /// model (FLC3001).</exception>
    public static PublishedEstimate Of(
        PublishedTarget target, PublishedModel model, PublishedRecipe? recipe, IReadOnlyList<PublishedCase> cases,
        Explanation explanation = Explanation.BarrierCost, AttentionMask? mask = null)
    {
        foreach (PublishedCase one in cases)
        {
            BufferCheck.Check(target, model, one);
        }

        recipe ??= target.Recipe;
        mask ??= AttentionMask.Causal;
        BoardFit? fit = target.Fits.Count == 0 ? null : target.FitOf(explanation);
        PublishedMachine machine = new(target, model, recipe, PublishedOptions.None, fit);
        Dictionary<int, StepTiming> steps = [];
        Dictionary<int, double> prompts = [];
        return new PublishedEstimate([.. cases.Select(Time)], ProgramSizes.Of(target, model, mask));

        PublishedCaseTiming Time(PublishedCase workload)
        {
            int prompt = PublishedBuckets.Of(workload.Prompt, target.Buckets.Prefill);
            if (!prompts.TryGetValue(prompt, out double prefill))
            {
                prompts[prompt] = prefill = machine.Prefill(prompt, mask).Seconds;
            }

            double seconds = 0;
            double bytes = 0;
            double macs = 0;
            double[] busy = new double[TokenScoreboard.Units];
            for (int token = 1; token <= workload.Generate; token++)
            {
                int context = PublishedBuckets.Of(workload.Prompt + token, target.Buckets.Decode);
                if (!steps.TryGetValue(context, out StepTiming? step))
                {
                    steps[context] = step = machine.Decode(context);
                }

                seconds += step.Seconds;
                bytes += step.HbmBytes;
                macs += Macs(workload.Prompt + token);
                for (int unit = 0; unit < busy.Length; unit++)
                {
                    busy[unit] += step.BusySeconds[unit];
                }
            }

            double peakMacs = target.Cores * target.Array.MatrixMacs * target.ClockHertz;
            return new PublishedCaseTiming(
                workload, prefill, seconds, bytes / workload.Generate, macs / workload.Generate, [.. busy.Select(b => b / seconds)],
                bytes / seconds / target.Hbm.PeakBytesPerSecond, macs / seconds / peakMacs);
        }

        double Macs(int context) =>
            LayerList.Decode(model, recipe, 16).OfType<LinearLayer>().Sum(l => (double)l.Inputs * l.Outputs * l.Kept)
            + (2.0 * model.Layers * model.Heads * model.HeadDim * context);
    }
}
