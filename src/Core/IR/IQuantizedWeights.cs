namespace Flightc.IR;

/// <summary>The quantised form of a graph's weights, made when asked for.</summary>
public interface IQuantizedWeights
{
    /// <summary>Codes of the weight <paramref name="name"/> in its graph's <see cref="Weight.Format"/>.</summary>
    QuantizedMatrix Get(string name);
}
