namespace Flightc.Targets;

/// <summary>Look-up tables that a machine takes: an estimate, scaled from one published design.</summary>
/// <remarks>
/// LUTs = DSP of the matrix engines · 190/6144 K + cores · 54 K + lanes · 30/48 K + ring bytes per cycle · 42/1920 K
/// + cores · (25 K + exchange bytes · 25/64 K), in thousands. The numbers are those of FlightLLM on the U280 (arXiv
/// 2401.03868, utilisation table): 190 K for matrix engines of 6144 DSP, 162 K for the controllers of three cores, 30 K
/// for special-function units of 3 · 16 lanes, 42 K for buffers that give 30 channels of 64 bytes, 150 K for the
/// interconnect. That half of the interconnect grows with the width of the exchange, of which 64 bytes are taken for
/// the published one, is an assumption.
/// </remarks>
public static class LutEstimate
{
    private const double PerMatrixDsp = 190_000.0 / 6144;
    private const double PerController = 162_000.0 / 3;
    private const double PerLane = 30_000.0 / (3 * 16);
    private const double PerRingByte = 42_000.0 / (30 * 64);
    private const double PerInterconnect = 25_000;
    private const double PerExchangeByte = 25_000.0 / 64;

    /// <summary>Look-up tables of all cores.</summary>
    public static long Of(Target target)
    {
        int cores = target.CoreChannels.Count;
        CoreUnits core = target.Core;
        double perCore = (core.Matrix.DspBlocks * PerMatrixDsp) + PerController + (core.SpecialLanes * PerLane)
            + PerInterconnect + (core.ExchangeBytesPerCycle * PerExchangeByte);
        return (long)Math.Ceiling((cores * perCore) + (target.Channels * target.Buffers.WidthBytes * PerRingByte));
    }
}
