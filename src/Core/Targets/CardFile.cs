using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Targets;

/// <summary>Reads a card from its YAML: docs/explore.md.</summary>
public static class CardFile
{
    private const int MostRegions = 16;
    private const int MostLuts = 100_000_000;
    private const int MostMacsPerDsp = 8;
    private const double MostMegahertz = 10_000;

    /// <summary>Reads and checks a card.</summary>
    /// <exception cref="CompilationException">The file cannot be read (FLC1001) or is not valid (FLC1201 …
    /// FLC1204). All errors are reported together.</exception>
    public static Card Read(string path) => SettingsFile.Read(path, Take);

    private static Card Take(string name, SettingsReader file)
    {
        string description = file.Text("card");
        double clock = file.Positive("clock_mhz", MostMegahertz) * 1e6;
        int regions = file.Integer32("die_regions", 1, MostRegions);
        int macs = file.Integer32("macs_per_dsp", 1, MostMacsPerDsp);
        HbmMemory hbm = file.Group("hbm", TargetFile.Hbm) ?? new HbmMemory(1, 1, 1);
        DdrMemory ddr = file.Group("ddr", TargetFile.Ddr) ?? new DdrMemory(1, 1);
        TimingConstants timing = file.Group("timing", TimingFile.Timing) ?? TimingFile.Missing;
        EnergyConstants energy = file.Group("energy", TimingFile.Energy) ?? new EnergyConstants(1, 1, 1, 1, 1);
        CardResources blocks = file.Group("card_resources", TargetFile.Resources) ?? new CardResources(1, 1, 1);
        int luts = file.Integer32("luts", 1, MostLuts);
        double share = file.Positive("lut_share", 1);
        return new Card(name, description, clock, regions, macs, hbm, ddr, timing, energy, blocks, luts, share);
    }
}
