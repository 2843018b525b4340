using Flightc.Diagnostics;
using Flightc.Settings;
using Flightc.Targets;

namespace Flightc.FlightLlm;

/// <summary>Reads a published machine from its YAML: docs/published-timing.md.</summary>
public static class PublishedTargetFile
{
    private const int Most = 1 << 20;

    /// <summary>Reads and checks a published machine.</summary>
    /// <exception cref="CompilationException">The file cannot be read (FLC1001) or is not valid (FLC1201 … FLC1204). All errors
    /// are reported together.</exception>
    public static PublishedTarget Read(string path) => Read(path, []);

    /// <summary>Reads and checks a published machine in whose file some numbers are others.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Numbers that take the place of the file's.</param>
    /// <exception cref="CompilationException">As <see cref="Read(string)"/>; or an override is of what is no number of the
    /// file (FLC1202).</exception>
    public static PublishedTarget Read(string path, IReadOnlyList<SettingOverride> overrides) =>
        SettingsFile.Read(path, overrides, Take);

    private static PublishedTarget Take(string name, SettingsReader file)
    {
        string description = file.Text("description");
        string card = file.Text("card");
        string isa = file.Choice("isa", ValidationIsa.All);
        double clock = file.Positive("clock_mhz", 10_000) * 1e6;
        int cores = file.Integer32("cores", 1, 64);
        int length = file.Integer32("max_length", 128, Most);
        PublishedBuckets buckets = file.Group("buckets", Buckets) ?? new PublishedBuckets(128, 16);
        PublishedHbm hbm = file.Group("hbm", Hbm) ?? new PublishedHbm(1, 1, 1, 1, 1);
        PublishedArray array = file.Group("array", Array) ?? new PublishedArray(1, 1, 1, 1, 1, 1, 1, 1);
        PublishedBuffers buffers = file.Group("buffers", Buffers) ?? new PublishedBuffers(1, 1, 1, 1, 1, 1, 1, 1, 1);
        PublishedWords words = file.Group("instruction_words", Words) ?? new PublishedWords(1, 1, 1, 1, 1);
        bool merged = file.Choice("transfers", "one_channel", "merged") == "merged";
        bool padding = file.Choice("padding", "loaded", "left_out") == "loaded";
        PublishedRecipe recipe = file.Group("evaluation", Recipe) ?? new PublishedRecipe(4);
        IReadOnlyList<int> all = file.Has("all_channels_of_cores")
            ? file.Integers("all_channels_of_cores", 1, hbm.Channels, 64)
            : [.. Enumerable.Repeat(hbm.Channels / cores, cores)];
        int modelled = file.Integer32("modelled_cores", 1, cores);
        double divisor = file.Has("unexplained_time_divisor") ? file.Positive("unexplained_time_divisor", 1000) : 1;
        int perCore = Tile.Ceiling(array.MatrixMacs, 2) + Tile.Ceiling(67 * array.SpecialLanes, 16);
        PublishedResources resources = file.Group("card_resources", group => Resources(group, perCore))
            ?? new PublishedResources(1, 0, 0);
        IReadOnlyList<BoardFit> fits = file.Has("fitted") ? file.Group("fitted", Fits)?.Items ?? [] : [];
        PublishedTarget target = new(
            name, description, card, isa, clock, cores, length, buckets, hbm, array, buffers, all, words, merged, padding,
            modelled, divisor, recipe, resources, fits);
        if (!file.Bag.HasErrors)
        {
            Check(target, file);
        }

        return target;
    }

    private static PublishedBuckets Buckets(SettingsReader file) =>
        new(file.Integer32("prefill", 16, Most), file.Integer32("decode", 16, Most));

    private static PublishedHbm Hbm(SettingsReader file) => new(
        file.Integer32("pseudo_channels", 1, 1024), file.Positive("gb_per_second", 100_000),
        file.Integer("bytes_per_gb", 1_000_000_000, 1 << 30), file.Positive("same_channel_efficiency", 1),
        file.Positive("cross_channel_efficiency", 1));

    private static PublishedArray Array(SettingsReader file) => new(
        file.Integer32("rows", 1, 4096), file.Integer32("depth", 1, 4096), file.Integer32("columns", 1, 4096),
        file.Integer32("vector_columns", 1, 4096), file.Integer32("matrix_tile_rows", 16, 4096),
        file.Integer32("matrix_tile_columns", 16, 4096), file.Integer32("vector_tile_columns", 16, 4096),
        file.Integer32("special_lanes", 1, 4096));

    private static PublishedBuffers Buffers(SettingsReader file) => new(
        file.Integer32("channels", 1, 64), file.Integer32("depth", 1, Most), file.Integer32("global_depth", 1, Most),
        file.Integer32("matrix_channel_bytes", 1, Most), file.Integer32("vector_channel_bytes", 1, Most),
        file.Integer32("matrix_b_bytes", 1, Most), file.Integer32("vector_b_bytes", 1, Most),
        file.Integer32("meta_bytes", 1, Most), file.Integer32("bias_bytes", 1, Most));

    private static PublishedWords Words(SettingsReader file) => new(
        file.Integer32("ld", 1, 64), file.Integer32("st", 1, 64), file.Integer32("mm", 1, 64), file.Integer32("misc", 1, 64),
        file.Integer32("sys", 1, 64));

    private static PublishedRecipe Recipe(SettingsReader file) => new(
        file.Positive("bits_per_kept_weight", 8), file.Positive("q_kept", 1), file.Positive("k_kept", 1));

    private static PublishedResources Resources(SettingsReader file, int perCore) => new(
        file.Integer32("dsp", 1, Most),
        file.Has("dsp_overcommitment") ? file.Integer32("dsp_overcommitment", 1, Most) : 0, perCore);

    private static FitList Fits(SettingsReader file)
    {
        BoardFit barrier = file.Group("barrier_cost", group => new BoardFit(
            Explanation.BarrierCost, group.Positive("barrier_us", 1e6) * 1e-6, 0, group.Positive("cache_efficiency", 1)))
            ?? new BoardFit(Explanation.BarrierCost, 0, 0, 1);
        BoardFit load = file.Group("load_latency", group => new BoardFit(
            Explanation.LoadLatency, 0, group.Positive("load_us", 1e6) * 1e-6, group.Positive("cache_efficiency", 1)))
            ?? new BoardFit(Explanation.LoadLatency, 0, 0, 1);
        return new FitList([barrier, load]);
    }

    private static void Check(PublishedTarget target, SettingsReader file)
    {
        if (target.AllChannelsOfCores.Count != target.Cores || target.AllChannelsOfCores.Sum() > target.Hbm.Channels)
        {
            file.Refuse(
                "all_channels_of_cores",
                $"'all_channels_of_cores' shares at most {target.Hbm.Channels} channels out to {target.Cores} cores");
        }

        int needed = target.Cores * target.Resources.DspPerCore;
        if (needed > target.Resources.Dsp + target.Resources.DspOvercommitment)
        {
            file.Refuse(
                "card_resources",
                $"the machine needs {needed} DSP blocks, but the card has {target.Resources.Dsp} and 'dsp_overcommitment' grants {target.Resources.DspOvercommitment}");
        }
    }

    private sealed record FitList(IReadOnlyList<BoardFit> Items);
}
