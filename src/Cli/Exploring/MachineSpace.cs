using Flightc.Targets;

namespace Flightc.Cli.Exploring;

/// <summary>All machines of a card that are looked at, in a fixed order: docs/explore.md says why these.</summary>
/// <param name="card">The card.</param>
internal sealed class MachineSpace(Card card)
{
    private const int Kib = 1024;
    private const int UramKib = 32;
    private const int UramDepthKib = 4;
    private const int UramWordBytes = 8;
    private const int LeastChannelsShare = 2;
    private const int LeastTokens = 32;
    private const int MostTokens = 128;
    private const int MostRows = 16;

    // M, K, N. K is the columns of a block of weights, and N divides its rows. Where an engine could take fewer tokens and
    // more rows for the same products, steps from the best machine try that.
    private static readonly (int Tokens, int Columns, int Rows)[] Engines =
        [(128, 16, 8), (128, 16, 4), (128, 16, 2), (128, 16, 1), (64, 16, 1), (32, 16, 1)];

    private static readonly int[] LaneChoices = [16, 32, 64, 128];
    private static readonly int[] ExchangeChoices = [32, 64, 128];
    private static readonly int[] DepthChoices = [1, 2];
    private static readonly int[] CacheShareChoices = [8, 4, 2];
    private static readonly int[] PageChoices = [2048, 4096, 8192];
    private static readonly int[] ScratchShareChoices = [1, 2, 4];

    /// <summary>Every machine once. Most do not fit the card.</summary>
    public IEnumerable<Machine> All()
    {
        foreach (int cores in CoreChoices)
        {
            foreach (int channels in ChannelChoices.Where(channels => channels >= cores))
            {
                foreach ((int width, int depth) in WidthChoices.SelectMany(w => DepthChoices.Select(d => (w, d))))
                {
                    foreach (int scratch in ScratchChoices(cores, channels, width, depth))
                    {
                        foreach (Machine machine in Of(cores, channels, width, depth * UramDepthKib * width, scratch))
                        {
                            yield return machine;
                        }
                    }
                }
            }
        }
    }

    /// <summary>Machines that differ from one in a single parameter, by a step of its choices.</summary>
    public IEnumerable<Machine> Neighbours(Machine machine)
    {
        int ring = machine.WeightRingKib + machine.CacheRingKib;
        foreach (int lanes in Beside(LaneChoices, machine.Lanes))
        {
            yield return machine with { Lanes = lanes };
        }

        foreach (int exchange in Beside(ExchangeChoices, machine.ExchangeBytes))
        {
            yield return machine with { ExchangeBytes = exchange };
        }

        foreach ((int tokens, int columns, int rows) in EnginesBeside(machine))
        {
            yield return machine with { Tokens = tokens, Columns = columns, Rows = rows };
        }

        foreach (int page in Beside(PageChoices, machine.PageBytes))
        {
            yield return machine with { PageBytes = page };
        }

        foreach (int cache in Beside(CacheShareChoices, ring / Math.Max(1, machine.CacheRingKib)))
        {
            yield return machine with { CacheRingKib = ring / cache, WeightRingKib = ring - (ring / cache) };
        }

        foreach (int cores in Beside(CoreChoices, machine.Cores))
        {
            foreach (int scratch in ScratchChoices(cores, machine.Channels, machine.WidthBytes, ring / UramDepthKib / machine.WidthBytes).Take(1))
            {
                yield return machine with { Cores = cores, ScratchKib = scratch };
            }
        }

        foreach ((int width, int depth) in WidthChoices.SelectMany(w => DepthChoices.Select(d => (w, d))))
        {
            int whole = width * depth * UramDepthKib;
            int cache = (int)((long)whole * machine.CacheRingKib / ring);
            foreach (int scratch in ScratchChoices(machine.Cores, machine.Channels, width, depth))
            {
                Machine other = machine with
                {
                    WidthBytes = width, CacheRingKib = cache, WeightRingKib = whole - cache, ScratchKib = scratch,
                };
                if (other != machine)
                {
                    yield return other;
                }
            }
        }
    }

    private static IEnumerable<(int Tokens, int Columns, int Rows)> EnginesBeside(Machine machine)
    {
        (int tokens, int columns, int rows) = (machine.Tokens, machine.Columns, machine.Rows);
        (int Tokens, int Columns, int Rows)[] steps =
            [(tokens, columns, 2 * rows), (tokens, columns, rows / 2), (tokens / 2, columns, 2 * rows), (2 * tokens, columns, rows / 2)];
        return steps.Where(e => e.Tokens is >= LeastTokens and <= MostTokens && e.Rows is >= 1 and <= MostRows);
    }

    // A core for each die region, fewer, or two.
    private int[] CoreChoices => [.. Enumerable.Range(1, card.DieRegions), 2 * card.DieRegions];

    private int[] ChannelChoices =>
        [.. new[] { card.Hbm.Channels, card.Hbm.Channels * 3 / 4, card.Hbm.Channels / LeastChannelsShare }.Where(c => c > 0).Distinct()];

    // As wide as a channel delivers, so that the ring can stream it, and twice as wide, so that what ran ahead can be caught up with.
    private int[] WidthChoices
    {
        get
        {
            int width = UramWordBytes;
            while (width < card.HbmBytesPerCycle)
            {
                width *= 2;
            }

            return [width, 2 * width];
        }
    }

    // All UltraRAMs that the rings leave of a core's part of a die region, a half of them, a quarter.
    private int[] ScratchChoices(int cores, int channels, int width, int depth)
    {
        int perRegion = (cores + card.DieRegions - 1) / card.DieRegions;
        int most = (channels + cores - 1) / cores;
        int rings = most * ((width + UramWordBytes - 1) / UramWordBytes) * depth;
        int left = (card.Region.Uram / perRegion) - rings;
        return [.. ScratchShareChoices.Select(share => left / share * UramKib).Where(kib => kib > 0).Distinct()];
    }

    private static IEnumerable<Machine> Of(int cores, int channels, int width, int ringKib, int scratch) =>
        from cacheShare in CacheShareChoices
        let cache = ringKib / cacheShare
        from page in PageChoices
        where (ringKib - cache) * Kib >= ChannelBuffers.LeastWeightRingBytes(page)
        from engine in Engines
        from lanes in LaneChoices
        from exchange in ExchangeChoices
        select new Machine(
            cores, channels, engine.Tokens, engine.Columns, engine.Rows, lanes, exchange, width, ringKib - cache, cache, page, scratch);

    private static IEnumerable<int> Beside(int[] choices, int value)
    {
        int at = Array.IndexOf(choices, value);
        return at < 0 ? choices : choices.Where((_, i) => Math.Abs(i - at) == 1);
    }
}
