using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>A load that fills rings.</summary>
/// <param name="IsWeights">Whether it brings pages of weights; otherwise rows of the KV cache.</param>
/// <param name="Address">Where it begins, in each channel.</param>
/// <param name="Count">Pages or rows.</param>
/// <param name="Bytes">Of one.</param>
/// <param name="Heads">KV heads of which it brings so many rows each, runs of their own in memory.</param>
/// <param name="HeadPitch">Bytes from one to the next.</param>
/// <param name="Done">How many pages, or rows of the current head, have been asked for.</param>
/// <param name="Head">The current head.</param>
internal readonly record struct Load(
    bool IsWeights, long Address, long Count, long Bytes, long Heads, long HeadPitch, long Done = 0, long Head = 0)
{
    /// <summary>A load of the rows that an attention mask keeps: runs, in the place of heads.</summary>
    public IReadOnlyList<(long Address, long Rows)>? Kept { get; init; }

    /// <summary>Where the run begins of which the next piece is a part.</summary>
    public long RunAddress => Kept is null ? Address + (Head * HeadPitch) : Kept[(int)Head].Address;

    /// <summary>Whether everything has been asked for.</summary>
    public bool IsDone => Head >= Heads || (Kept is null && Count == 0);

    private long RunRows => Kept is null ? Count : Kept[(int)Head].Rows;

    /// <summary>The load once so many more pages or rows have been asked for.</summary>
    public Load Advance(long count) =>
        Done + count < RunRows ? this with { Done = Done + count } : this with { Done = 0, Head = Head + 1 };

    /// <summary>Rows that move together: about so many bytes.</summary>
    public long NextRows(int bytes) => Math.Min(RunRows - Done, Math.Max(1, Bytes == 0 ? RunRows : bytes / Bytes));
}

/// <summary>One core during a step.</summary>
internal sealed class CoreRun
{
    private readonly IReadOnlyList<ProductWork> _products;
    private int _product;

    public CoreRun(
        int number, TimedStream[] streams, Geometry geometry, Target target, DdrPort ddr, long[] sources,
        IReadOnlyList<ProductWork> products, Func<long, byte>? maskBytes)
    {
        Masks = new MaskPlaces(maskBytes);
        _products = products;
        Channels = geometry.Cores[number];
        PageBytes = geometry.PageBytes;
        RunBytes = Math.Min(geometry.PageBytes, geometry.CacheRingBytes / UnitTimes.RunsOfCacheRing);
        Hbm = new ChannelGroup(target);
        Weights = new WeightRings(geometry, Channels.Count);
        Cache = new CacheRings(geometry.CacheRingBytes);
        int buffer = target.Timing.Pipeline.InstructionBufferBytes;
        Units =
        [
            .. streams.Select((stream, unit) => new UnitRun(
                number, (Unit)unit, stream, new InstructionFetch(stream, ddr, buffer), sources)),
        ];
    }

    public UnitRun[] Units { get; }

    public ChannelRange Channels { get; }

    public int PageBytes { get; }

    public int RunBytes { get; }

    public ChannelGroup Hbm { get; }

    public WeightRings Weights { get; }

    public CacheRings Cache { get; }

    /// <summary>The attention masks in its scratch.</summary>
    public MaskPlaces Masks { get; }

    /// <summary>The load that runs, if the load unit does.</summary>
    public Load Load { get; set; }

    /// <summary>When the load's last piece had been transferred, or it started.</summary>
    public double LoadCursor { get; set; }

    /// <summary>The unit whose product takes from the weight rings, or null.</summary>
    public UnitRun? WeightUser { get; set; }

    /// <summary>The unit whose product takes from the KV rings, or null.</summary>
    public UnitRun? CacheUser { get; set; }

    /// <summary>When this core can start its next exchange; infinite while that is unknown.</summary>
    public double ExchangeReady { get; set; } = double.PositiveInfinity;

    /// <summary>Cycles of the matrix engine's array, all multipliers at work or idle for want of rows.</summary>
    public double ArrayCycles { get; set; }

    /// <summary>The next product that the core takes off its weight rings.</summary>
    /// <exception cref="CompilationException">There is none (FLC4001).</exception>
    public ProductWork NextProduct() =>
        _product < _products.Count
            ? _products[_product++]
            : throw new CompilationException(
                Codes.ProgramInvalid, $"the program takes more than the {_products.Count} products of the weight streams");
}
