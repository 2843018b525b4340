namespace Flightc.FlightLlm;

/// <summary>How long an instruction takes: the published formulas, and the constants that a fit adds.</summary>
/// <remarks>
/// Published: bytes over the rate of the channels times an efficiency, no latency, no refresh; MACs over MACs per cycle, times
/// the share of weights that is kept; a pass over a row at the lanes of the special-function unit, two for softmax and norms;
/// one cycle for a barrier.
/// </remarks>
public sealed class InstructionTimes
{
    private readonly PublishedOptions _options;
    private readonly PublishedRecipe _recipe;
    private readonly double _cycle;
    private readonly double _channel;
    private readonly double _same;
    private readonly double _cross;
    private readonly double _cache;
    private readonly double _fill;
    private readonly double _port;
    private readonly double _latency;
    private readonly double _barrier;
    private readonly int _coreChannels;
    private readonly PublishedArray _array;

    /// <summary>Times on a core.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="recipe">How weights are stored.</param>
    /// <param name="options">Changes to the machine.</param>
    /// <param name="fit">Fitted constants, or null for none.</param>
    /// <param name="core">The core.</param>
    public InstructionTimes(PublishedTarget target, PublishedRecipe recipe, PublishedOptions options, BoardFit? fit, int core)
    {
        PublishedHbm hbm = target.Hbm;
        PublishedBuffers buffers = target.Buffers;
        _options = options;
        _recipe = recipe;
        _array = target.Array;
        _cycle = 1 / target.ClockHertz / target.TimeDivisor;
        _channel = hbm.ChannelBytesPerSecond * target.TimeDivisor;
        _same = hbm.SameChannelEfficiency;
        _cross = hbm.CrossChannelEfficiency;
        _cache = options.AttentionByGroup || fit is null ? hbm.SameChannelEfficiency : fit.CacheEfficiency;
        _latency = fit?.LoadLatencySeconds ?? 0;
        _barrier = fit?.BarrierSeconds ?? 0;
        _coreChannels = options.AllChannels ? target.AllChannelsOfCores[core] : buffers.Channels;
        _fill = (double)buffers.MatrixChannelWidth * buffers.Channels / _cycle;
        _port = (double)buffers.MatrixChannelWidth * buffers.Channels;
    }

    /// <summary>Time in seconds.</summary>
    public double Of(in TemplateInstruction instruction) => instruction.Unit switch
    {
        PublishedUnit.Load => Load(instruction),
        PublishedUnit.Store => instruction.Bytes / (Rate(instruction) * _same),
        PublishedUnit.Matrix => _array.MatrixTileRows * (double)instruction.Depth * instruction.Columns * instruction.Kept
            / _array.MatrixMacs * _cycle,
        PublishedUnit.Vector => (double)instruction.Depth * instruction.Columns * CyclesPerMac(instruction) * _cycle,
        PublishedUnit.Misc => Passes(instruction.Operation) * (double)instruction.Depth / _array.SpecialLanes * _cycle,
        PublishedUnit.System => _cycle + _barrier,
    };

    /// <summary>Bytes that a load or store moves.</summary>
    public double BytesOf(in TemplateInstruction instruction) => instruction.Operation switch
    {
        PublishedOperation.LoadWeights => instruction.Bytes * _recipe.BytesPerWeight(instruction.Kept),
        PublishedOperation.ZeroFill => 0,
        _ => instruction.Bytes,
    };

    private double Load(in TemplateInstruction instruction) => instruction.Operation switch
    {
        PublishedOperation.LoadMarker => 0,
        PublishedOperation.ZeroFill => instruction.Bytes / _fill,
        PublishedOperation.LoadCache when !instruction.CrossesChannels =>
            _latency + (instruction.Bytes / (Rate(instruction) * _cache)),
        _ => _latency
            + (BytesOf(instruction) / (Rate(instruction) * (instruction.CrossesChannels ? _cross : _same))),
    };

    private double Rate(in TemplateInstruction instruction) =>
        _channel * (instruction.Channels == 1 ? 1 : _coreChannels);

    private double CyclesPerMac(in TemplateInstruction instruction)
    {
        if (!_options.WideVector)
        {
            return instruction.Kept / _array.VectorMacs;
        }

        // The whole array needs an operand for each of its multipliers; the port of the A buffer is as wide as in matrix mode.
        double bytes = instruction.OnCache ? 1 : _recipe.BytesPerWeight(instruction.Kept);

        // The two products of a DSP share their activation then, and two kept weights of a sparse block want different ones.
        int share = !instruction.OnCache && _recipe.IndexBitsPerWeight > 0 ? 2 : 1;
        return Math.Max(share * instruction.Kept / _array.MatrixMacs, bytes / _port);
    }

    private int Passes(PublishedOperation operation) => operation switch
    {
        PublishedOperation.RmsNorm => 2,
        PublishedOperation.Softmax => _options.OnePassSoftmax ? 1 : 2,
        _ => 1,
    };
}
