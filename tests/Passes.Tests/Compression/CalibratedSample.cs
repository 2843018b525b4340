using Flightc.Compression;
using Flightc.IR;

namespace Flightc.Tests.Compression;

/// <summary>Some made-up weights in a Graph, with what a made-up calibration knows of them.</summary>
internal sealed class CalibratedSample : IWeights, ICalibration
{
    private readonly Dictionary<string, MadeUpProblem> _made = new(StringComparer.Ordinal);
    private readonly GraphBuilder _builder = new("test", 8);

    /// <summary>The Graph of all weights that were added.</summary>
    public Graph Graph => _builder.Build();

    /// <summary>How often weights were read from their beginning.</summary>
    public int Reads { get; private set; }

    public bool HasData => true;

    /// <summary>Adds a weight.</summary>
    /// <param name="name">Its role.</param>
    /// <param name="made">Its values and statistics.</param>
    /// <param name="format">As in <see cref="QuantizedFormat.Parse"/>.</param>
    /// <param name="rows">Rows that the Graph says, where these are others than the statistics'.</param>
    public CalibratedSample Add(string name, MadeUpProblem made, string format = "4g32", int? rows = null)
    {
        _builder.Weight(new Weight(name, new TensorType(ElementType.BF16, rows ?? made.Rows, made.Columns), Format: QuantizedFormat.Parse(format)));
        _made.Add(name, made);
        return this;
    }

    public WeightStatistics? Find(string role) => _made.GetValueOrDefault(role)?.Statistics;

    public void Read(string name, long start, Span<float> destination)
    {
        Reads += start == 0 ? 1 : 0;
        _made[name].Weights.AsSpan((int)start, destination.Length).CopyTo(destination);
    }

    public string HashOf(string name) => "";
}
