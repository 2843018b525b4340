using System.Collections.Concurrent;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>The weights of a graph, rounded to the nearest when asked for. Safe from several threads.</summary>
/// <param name="graph">Says shapes and formats.</param>
/// <param name="weights">The floats.</param>
/// <param name="keep">Whether what was made is kept for the next who asks; without, every call quantises anew
/// and memory holds one matrix per caller.</param>
public sealed class RoundToNearestWeights(Graph graph, IWeights weights, bool keep = true) : IQuantizedWeights
{
    private readonly Dictionary<string, Weight> _described = graph.Weights.ToDictionary(
        w => w.Name, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, Lazy<QuantizedMatrix>> _made = new(StringComparer.Ordinal);

    /// <summary>The most threads to use; -1 for as many as there are processors.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>Has arrays that can be used again; null for none. What is kept comes from it too.</summary>
    public MatrixPool? Pool { get; init; }

    /// <summary>Ends the work on a matrix early.</summary>
    public CancellationToken Token { get; init; }

    /// <inheritdoc/>
    /// <exception cref="CompilationException">The graph has no such weight, or it is no matrix with a format
    /// (FLC2001); a value is not finite (FLC1007); or the matrix has no codes that keep sums exact
    /// (FLC2003).</exception>
    public QuantizedMatrix Get(string name) =>
        keep ? _made.GetOrAdd(name, n => new Lazy<QuantizedMatrix>(() => Make(n))).Value : Make(name);

    private QuantizedMatrix Make(string name)
    {
        if (!_described.TryGetValue(name, out Weight? weight) || weight.Format is not { } format
            || weight.Type.Shape.Count != 2)
        {
            throw new CompilationException(Codes.GraphInvalid, "is not a matrix with a format for its codes", name);
        }

        (long rows, long columns) = (weight.Type.Shape[0].Size, weight.Type.Shape[1].Size);
        if (rows > int.MaxValue || columns > int.MaxValue)
        {
            throw new CompilationException(
                Codes.QuantisationImpossible, $"{rows} x {columns} are too many codes for a matrix", name);
        }

        return RoundToNearest.Quantize(
            name, (int)rows, (int)columns, format,
            (row, destination) => weights.Read(name, row * columns, destination), Threads, Pool, Token);
    }
}
