using Flightc.Cli.Estimating;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Exploring;

/// <summary>Judges machines by closed forms, before anything is compiled for them: docs/explore.md.</summary>
/// <param name="model">The model under its recipe.</param>
/// <param name="card">The card.</param>
/// <param name="workload">A prompt and what is generated after it.</param>
/// <param name="contextLength">The longest sequence that has to fit.</param>
internal sealed class Screening(ModelWork model, Card card, SequenceCase workload, long contextLength)
{
    // What layouts take beyond the sum of their parts: alignment, rows of blocks that are not whole.
    private const double ScratchMargin = 1.1;
    private const int ComfortableLength = 2048;
    private const int ScoreBytes = 6;

    /// <summary>Why nothing can run on a machine.</summary>
    /// <returns>null where something may.</returns>
    public string? Misfit(Machine machine, Target target, CardUse use)
    {
        if (CardUse.Misfit(target, card, use) is { } misfit)
        {
            return misfit;
        }

        if (machine.WidthBytes < target.HbmBytesPerCycle)
        {
            return "rings narrower than a channel delivers";
        }

        double bytes = model.Total.Bytes + ((double)model.CacheBytesPerToken * contextLength);
        return bytes > (double)target.Channels * card.Hbm.ChannelBytes ? "weights and KV cache exceed the memory channels"
            : PrefillTokens(machine) == 0 ? "scratch too small for the model"
            : null;
    }

    /// <summary>The merit of a machine that fits.</summary>
    public Merit Of(Machine machine, Target target, CardUse use)
    {
        int most = PrefillTokens(machine);
        (double seconds, double joules) = (0, 0);
        foreach (Explanation explanation in Confirmation.Fitted)
        {
            StepRoofline roofline = new(model, target, explanation);
            HostTurnaround host = HostTurnaround.Of(target.Timing.Host, model.Vocabulary);
            double time = host.Total;
            for (long past = 0; past < workload.Prompt; past += most)
            {
                time += roofline.Prefill(past, Math.Min(most, workload.Prompt - past));
            }

            time += workload.Generate * (roofline.Decode(MeanPast) + host.Total);
            seconds = Math.Max(seconds, time);
        }

        joules = (seconds * card.Energy.StaticWatts) + Moved(most);
        return new Merit(seconds / Tokens, joules / Tokens, use.Share);
    }

    private double Tokens => workload.Generate > 0 ? workload.Generate : workload.Prompt;

    private double MeanPast => workload.Prompt + ((workload.Generate - 1) / 2.0);

    // Bytes of HBM, which go through a ring, and multiply-accumulates; the rest is the same for all machines or little.
    private double Moved(int most)
    {
        double steps = Math.Ceiling((double)workload.Prompt / most);
        double perByte = card.Energy.HbmJoulesPerByte + (2 * card.Energy.ScratchJoulesPerByte);
        double bytes = (model.Total.Bytes * (steps + workload.Generate))
            + (model.CacheBytesPerToken * ((workload.Generate * MeanPast) + (steps * workload.Prompt / 2)));
        double macs = (double)model.Total.Macs * (workload.Prompt + workload.Generate);
        return (bytes * perByte) + (macs * card.Energy.MacJoules);
    }

    // Tokens of a prefill step: those of the engine, halved until what a step keeps fits scratch.
    private int PrefillTokens(Machine machine)
    {
        double cores = machine.Cores;
        double scratch = machine.ScratchKib * 1024.0;
        double values = sizeof(float) * (double)model.Heads * model.HeadDim / cores;
        double rows = (model.Heads + (2.0 * model.KvHeads)) * model.HeadDim / cores;
        double group = (double)model.Heads / model.KvHeads;
        double length = Math.Min(contextLength, ComfortableLength);
        double down = model.Intermediate + (sizeof(float) * model.Intermediate / cores);
        double attention = values + rows + (ScoreBytes * group * length);
        double projections = model.Hidden + (sizeof(float) * rows);
        double perToken = (sizeof(float) * model.Hidden / cores) + Math.Max(down, Math.Max(attention, projections));
        double decode = sizeof(float) * ((3.0 * model.Hidden) + model.Intermediate) + model.Intermediate;
        int tokens = machine.Tokens;
        while (tokens > 1 && perToken * tokens * ScratchMargin > scratch)
        {
            tokens /= 2;
        }

        return perToken > scratch || decode > scratch ? 0 : tokens;
    }
}
