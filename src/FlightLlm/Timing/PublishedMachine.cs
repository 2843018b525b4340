namespace Flightc.FlightLlm;

/// <summary>Runs published programs against the timing model.</summary>
/// <param name="target">The machine.</param>
/// <param name="model">The model's shape.</param>
/// <param name="recipe">How weights are stored; the target's own for the published evaluation.</param>
/// <param name="options">Changes to the machine.</param>
/// <param name="fit">Constants fitted to the board, or null for none.</param>
/// <remarks>
/// The published model times the program of one core that does the work of all, and divides. Where
/// <see cref="PublishedTarget.ModelledCores"/> is more than one, every core runs its share, and a barrier starts when the
/// last core comes to it.
/// </remarks>
public sealed class PublishedMachine(
    PublishedTarget target, PublishedModel model, PublishedRecipe recipe, PublishedOptions options, BoardFit? fit)
{
    /// <summary>One decode step.</summary>
    /// <param name="context">Tokens seen, the new one included; a multiple of 16.</param>
    public StepTiming Decode(int context) => Run(LayerList.Decode(model, recipe, context), AttentionMask.Causal);

    /// <summary>A prompt.</summary>
    /// <param name="tokens">Its length; a multiple of 16, at least 32.</param>
    /// <param name="mask">Blocks that attention computes.</param>
    public StepTiming Prefill(int tokens, AttentionMask mask) => Run(LayerList.Prefill(model, recipe, tokens), mask);

    private StepTiming Run(IReadOnlyList<PublishedLayer> layers, AttentionMask mask)
    {
        int cores = target.ModelledCores;
        TokenScoreboard[] boards = new TokenScoreboard[cores];
        PublishedTemplates[] programs = new PublishedTemplates[cores];
        for (int core = 0; core < cores; core++)
        {
            boards[core] = new TokenScoreboard(new InstructionTimes(target, recipe, options, fit, core));
            programs[core] = new PublishedTemplates(
                target, options, CoreShare.Of(layers, model, core, cores), mask, boards[core]);
        }

        for (int layer = 0; layer < layers.Count; layer++)
        {
            foreach (PublishedTemplates program in programs)
            {
                program.Write(layer);
            }

            if (boards[0].Arrival is not null)
            {
                double start = boards.Max(b => b.Arrival!.Value);
                foreach (TokenScoreboard board in boards)
                {
                    board.Pass(start);
                }
            }
        }

        foreach (TokenScoreboard board in boards)
        {
            board.CheckBalance();
        }

        return new StepTiming(
            boards.Max(b => b.End), boards[0].Counts, boards[0].Busy, boards.Sum(b => b.Bytes[0]), boards.Sum(b => b.Bytes[1]),
            boards.Sum(b => b.Bytes[2]), boards.Sum(b => ProgramSizes.Bytes(target.Words, b.Counts)));
    }
}
