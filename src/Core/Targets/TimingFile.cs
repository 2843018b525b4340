using Flightc.Settings;

namespace Flightc.Targets;

/// <summary>Reads the groups <c>timing</c> and <c>energy</c> of a target's file: docs/targets.md.</summary>
internal static class TimingFile
{
    private const double Nano = 1e-9;
    private const double Micro = 1e-6;
    private const double Pico = 1e-12;
    private const double MostCycles = 1_000_000;
    private const double MostNanoseconds = 1_000_000;
    private const double MostMicroseconds = 1_000_000;
    private const double MostPicojoules = 1_000_000;

    /// <summary>What stands in for constants that are missing, until the error is reported.</summary>
    public static TimingConstants Missing { get; } = new(
        NoHbm, NoDdr, NoPipeline, NoHost, NoFit);

    private static HbmTiming NoHbm => new(1, 1, 1, 1, 0.5, 1);

    private static DdrTiming NoDdr => new(1, 1);

    private static PipelineTiming NoPipeline => new(1, 1, 1, 1, 1);

    private static HostTiming NoHost => new(1, 1, 1);

    private static FittedTiming NoFit => new(1, 1);

    /// <summary>The group <c>timing</c>.</summary>
    public static TimingConstants Timing(SettingsReader file) => new(
        file.Group("hbm", Hbm) ?? NoHbm, file.Group("ddr", Ddr) ?? NoDdr,
        file.Group("pipeline", Pipeline) ?? NoPipeline, file.Group("host", Host) ?? NoHost,
        file.Group("fitted", Fitted) ?? NoFit);

    /// <summary>The group <c>energy</c>.</summary>
    public static EnergyConstants Energy(SettingsReader file) => new(
        file.Positive("hbm_pj_per_byte", MostPicojoules) * Pico,
        file.Positive("ddr_pj_per_byte", MostPicojoules) * Pico,
        file.Positive("mac_pj", MostPicojoules) * Pico,
        file.Positive("scratch_pj_per_byte", MostPicojoules) * Pico,
        file.Positive("static_watts", 10_000));

    private static HbmTiming Hbm(SettingsReader file)
    {
        HbmTiming hbm = new(
            file.Positive("latency_ns", MostNanoseconds) * Nano, file.Integer32("burst_bytes", 1, 4096),
            file.Integer32("row_bytes", 1, 1 << 20), file.Positive("row_switch_ns", MostNanoseconds) * Nano,
            file.Positive("refresh_share", 0.5), file.Positive("turnaround_ns", MostNanoseconds) * Nano);
        if (hbm.RowBytes % hbm.BurstBytes != 0)
        {
            file.Refuse("row_bytes", $"a row of {hbm.RowBytes} bytes is not a whole number of bursts of {hbm.BurstBytes}");
        }

        return hbm;
    }

    private static DdrTiming Ddr(SettingsReader file) => new(
        file.Positive("latency_ns", MostNanoseconds) * Nano, file.Integer32("burst_bytes", 1, 4096));

    private static PipelineTiming Pipeline(SettingsReader file) => new(
        file.Positive("token_cycles", MostCycles), file.Positive("matrix_fill_cycles", MostCycles),
        file.Positive("special_fill_cycles", MostCycles), file.Positive("exchange_hop_cycles", MostCycles),
        file.Integer32("instruction_buffer_bytes", 64, 1 << 24));

    private static HostTiming Host(SettingsReader file) => new(
        file.Positive("launch_us", MostMicroseconds) * Micro, file.Positive("gb_per_second", 100_000) * 1e9,
        file.Positive("sampling_us", MostMicroseconds) * Micro);

    private static FittedTiming Fitted(SettingsReader file) => new(
        file.Positive("barrier_us", MostMicroseconds) * Micro, file.Positive("load_us", MostMicroseconds) * Micro);
}
