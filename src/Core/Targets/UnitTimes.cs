using System.Numerics;

namespace Flightc.Targets;

/// <summary>
/// What the units of a machine take, in cycles, whatever asks them to: docs/timing.md §3. The cycle model and the closed
/// forms share it, so that their agreement says nothing about these formulas; tests hold them against numbers made by hand.
/// </summary>
/// <param name="target">The machine.</param>
public sealed class UnitTimes(Target target)
{
    /// <summary>Probabilities of 14 bits reach the INT8 array as two planes of 7 bits: docs/numerics.md §3.</summary>
    public const int ProbabilityPlanes = 2;

    /// <summary>Rows of the KV cache are taken to move in runs of at most this share of a ring, so that a ring never waits for
    /// a run.</summary>
    public const int RunsOfCacheRing = 8;

    private readonly MatrixEngine _matrix = target.Core.Matrix;
    private readonly int _lanes = target.Core.SpecialLanes;
    private readonly PipelineTiming _pipeline = target.Timing.Pipeline;

    /// <summary>
    /// Rows of activations that the array is busy with: it takes M at once, or half as many on twice as many rows of
    /// weights, and so on down to one.
    /// </summary>
    /// <param name="rows">Rows of activations, at least 0.</param>
    public long Folded(long rows)
    {
        long rest = rows % _matrix.Tokens;
        long folded = rest == 0 ? 0 : (long)BitOperations.RoundUpToPowerOf2((ulong)rest);
        return rows - rest + Math.Min(_matrix.Tokens, folded);
    }

    /// <summary>Cycles of one core's array for a product with weights.</summary>
    /// <param name="denseMacs">Multiply-accumulates of dense blocks, per token.</param>
    /// <param name="sparseMacs">Of sparse blocks: of the codes kept, per token.</param>
    /// <param name="tokens">Tokens.</param>
    public double Product(double denseMacs, double sparseMacs, long tokens)
    {
        long folded = Folded(tokens);

        // The two products of a DSP share an operand. With several tokens that is the weight; with one it is the
        // activation, and two kept weights of a sparse block want different ones.
        int sparseShare = folded == 1 ? _matrix.MacsPerDsp : 1;
        return (denseMacs + (sparseMacs * sparseShare)) * folded / _matrix.MacsPerCycle;
    }

    /// <summary>Cycles of one core's array for query rows and a number of keys, or of values of one plane.</summary>
    /// <param name="queries">Query rows.</param>
    /// <param name="keys">Keys; a share of them may be skipped.</param>
    /// <param name="elements">Elements of a key.</param>
    public double Attention(long queries, double keys, double elements) =>
        Folded(queries) * keys * elements / _matrix.MacsPerCycle;

    /// <summary>A sweep of the special-function unit: a result per lane and cycle, row by row, and the fill; 0 for nothing.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="count">Elements of a row.</param>
    public double Sweep(long rows, long count)
    {
        long cycles = rows * ((count + _lanes - 1) / _lanes);
        return cycles == 0 ? 0 : cycles + _pipeline.SpecialFillCycles;
    }

    /// <summary>
    /// An exchange. Die regions lie in a row, so that an end of it gets everything of the others over one link, and the last
    /// byte crosses all links.
    /// </summary>
    /// <param name="total">Bytes that all cores give.</param>
    /// <param name="least">Bytes of the core that gives least.</param>
    public double Exchange(double total, double least) =>
        ((total - least) / target.Core.ExchangeBytesPerCycle) + ((target.CoreChannels.Count - 1) * _pipeline.ExchangeHopCycles);
}
