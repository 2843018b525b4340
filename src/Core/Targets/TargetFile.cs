using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Settings;

namespace Flightc.Targets;

/// <summary>Reads a target from its YAML: docs/targets.md.</summary>
public static class TargetFile
{
    // Limits far beyond any card, so that every derived number fits its type.
    private const int MostCores = 64;
    private const int MostChannels = 1024;
    private const int MostBlocks = 1_000_000;

    /// <summary>Reads and checks a target.</summary>
    /// <exception cref="CompilationException">
    /// The file cannot be read (FLC1001), is not valid (FLC1201 … FLC1204), or describes a machine that does
    /// not fit its card (FLC1204). All errors are reported together.
    /// </exception>
    public static Target Read(string path) => Read(path, []);

    /// <summary>Reads and checks a target in whose file some numbers are others.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Numbers that take the place of the file's.</param>
    /// <exception cref="CompilationException">As <see cref="Read(string)"/>; or an override is of what is no number
    /// of the file (FLC1202).</exception>
    public static Target Read(string path, IReadOnlyList<SettingOverride> overrides) =>
        SettingsFile.Read(path, overrides, Take);

    private static Target Take(string name, SettingsReader file)
    {
        string description = file.Text("description");
        string card = file.Text("card");
        string isa = file.Choice("isa", MachineProgram.IsaVersion);
        double clock = file.Positive("clock_mhz", 10_000) * 1e6;
        int prefill = file.Integer32("max_prefill_tokens", 1, 1024);
        IReadOnlyList<int> coreChannels = file.Integers("core_channels", 1, MostChannels, MostCores);
        HbmMemory hbm = file.Group("hbm", Hbm) ?? new HbmMemory(MostChannels, 1, 1);
        DdrMemory ddr = file.Group("ddr", Ddr) ?? new DdrMemory(1, 1);
        CoreUnits core = file.Group("core", Core) ?? new CoreUnits(1, new MatrixEngine(1, 1, 1, 1), 1, 1);
        ChannelBuffers buffers = file.Group("channel_buffers", Buffers) ?? new ChannelBuffers(1, 1, 1, 1);
        CardResources resources = file.Group("card_resources", Resources) ?? new CardResources(1, 1, 1);
        TimingConstants timing = file.Group("timing", TimingFile.Timing) ?? TimingFile.Missing;
        EnergyConstants energy = file.Group("energy", TimingFile.Energy) ?? new EnergyConstants(1, 1, 1, 1, 1);
        Target target = new(
            name, description, card, isa, clock, hbm, ddr, coreChannels, core, buffers, prefill, resources, timing,
            energy);
        if (!file.Bag.HasErrors)
        {
            Check(target, file);
        }

        return target;
    }

    /// <summary>The group <c>hbm</c>, which cards have too.</summary>
    internal static HbmMemory Hbm(SettingsReader file) => new(
        file.Integer32("pseudo_channels", 1, MostChannels),
        file.Integer("channel_mib", 1, 1 << 20) << 20,
        file.Positive("gb_per_second", 100_000) * 1e9);

    /// <summary>The group <c>ddr</c>, which cards have too.</summary>
    internal static DdrMemory Ddr(SettingsReader file) => new(
        file.Integer("gib", 1, 1 << 16) << 30,
        file.Positive("gb_per_second", 100_000) * 1e9);

    private static CoreUnits Core(SettingsReader file) => new(
        file.Integer("scratch_kib", 1, 1 << 21) << 10,
        file.Group("matrix", Matrix) ?? new MatrixEngine(1, 1, 1, 1),
        file.Integer32("special_lanes", 1, 4096),
        file.Integer32("exchange_bytes_per_cycle", 1, 1 << 16));

    private static MatrixEngine Matrix(SettingsReader file) => new(
        file.Integer32("tokens", 1, 1024),
        file.Integer32("columns", 1, 1024),
        file.Integer32("rows", 1, 1024),
        file.Integer32("macs_per_dsp", 1, 8));

    private static ChannelBuffers Buffers(SettingsReader file)
    {
        int weights = file.Integer32("weight_ring_kib", 1, 1 << 20) << 10;
        int cache = file.Integer32("cache_ring_kib", 1, 1 << 20) << 10;
        int page = file.Integer32("page_bytes", 64, 1 << 20);
        if (page % 64 != 0)
        {
            file.Refuse("page_bytes", $"'page_bytes' is a multiple of 64, the alignment of memory, not {page}");
        }

        int width = file.Integer32("width_bytes", 1, 4096);
        int least = ChannelBuffers.LeastWeightRingBytes(page);
        if (weights < least)
        {
            file.Refuse(
                "weight_ring_kib",
                $"the weight ring has {weights} bytes; with pages of {page} it needs at least {least}: a page and two of the largest tiles");
        }

        return new ChannelBuffers(weights, cache, page, width);
    }

    /// <summary>The group <c>card_resources</c>, which cards have too.</summary>
    internal static CardResources Resources(SettingsReader file) => new(
        file.Integer32("dsp", 1, MostBlocks), file.Integer32("bram", 1, MostBlocks),
        file.Integer32("uram", 1, MostBlocks));

    private static void Check(Target target, SettingsReader file)
    {
        if (target.Channels > target.Hbm.Channels)
        {
            file.Refuse(
                "core_channels",
                $"the cores own {target.Channels} channels together, but 'hbm' has {target.Hbm.Channels}");
        }

        ResourceModel.Check(target, file.Bag, file.LocationOf("card_resources"));
    }
}
