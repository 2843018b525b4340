using Flightc.Targets;

namespace Flightc.Cli.Exploring;

/// <summary>What a machine takes of its card.</summary>
/// <param name="Needed">Blocks.</param>
/// <param name="Luts">Look-up tables; an estimate.</param>
/// <param name="Share">Of what the card has of each, the largest share: 0 … 1 where the machine fits.</param>
internal readonly record struct CardUse(CardResources Needed, long Luts, double Share)
{
    /// <summary>Takes the measure of a machine.</summary>
    public static CardUse Of(Target target, Card card)
    {
        CardResources needed = ResourceModel.Needed(target);
        long luts = LutEstimate.Of(target);
        double[] shares =
        [
            (double)needed.Dsp / card.Resources.Dsp, (double)needed.Bram / card.Resources.Bram,
            (double)needed.Uram / card.Resources.Uram, (double)luts / card.Luts,
        ];
        return new CardUse(needed, luts, shares.Max());
    }

    /// <summary>Why the machine does not fit the card or a die region of it.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="card">The card.</param>
    /// <param name="use">What it takes.</param>
    /// <returns>null where it fits.</returns>
    public static string? Misfit(Target target, Card card, CardUse use)
    {
        // A core lies in one region; where there are more cores than regions they share them evenly.
        int cores = target.CoreChannels.Count;
        int perRegion = (cores + card.DieRegions - 1) / card.DieRegions;
        int fullest = Math.Min(perRegion, cores);
        CardResources region = ResourceModel.Needed(target with { CoreChannels = [.. target.CoreChannels.Take(fullest)] });
        return region.Dsp > card.Region.Dsp ? "more DSP blocks than a die region has"
            : region.Bram > card.Region.Bram ? "more block RAMs than a die region has"
            : region.Uram > card.Region.Uram ? "more UltraRAMs than a die region has"
            : use.Needed.Dsp > card.Resources.Dsp || use.Needed.Bram > card.Resources.Bram || use.Needed.Uram > card.Resources.Uram
                ? "more blocks than the card has"
            : use.Luts > card.Luts * card.LutShare ? "more look-up tables than reach the clock (an estimate)"
            : null;
    }
}
