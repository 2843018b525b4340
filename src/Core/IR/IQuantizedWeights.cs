namespace Flightc.IR;

/// <summary>The quantised form of a graph's weights, made when asked for.</summary>
public interface IQuantizedWeights
{
    /// <summary>Codes of the weight <paramref name="name"/> in its graph's <see cref="Weight.Format"/>.</summary>
    QuantizedMatrix Get(string name);

    /// <summary>What <see cref="Get"/> takes of memory; nothing where nobody knows.</summary>
    MatrixCost CostOf(string name) => default;

    /// <summary>Takes back what <see cref="Get"/> gave: nobody looks at it any more, and its arrays may be used again.</summary>
    void Release(QuantizedMatrix matrix)
    {
    }
}
