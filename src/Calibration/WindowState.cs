using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>What is known of one window of tokens while a Graph is evaluated.</summary>
/// <param name="graph">Numbers the values.</param>
/// <param name="ids">The tokens.</param>
internal sealed class WindowState(Graph graph, int[] ids)
{
    /// <summary>The tokens.</summary>
    public int[] Ids { get; } = ids;

    /// <summary>How many.</summary>
    public int Tokens => Ids.Length;

    /// <summary>(T, columns) by <see cref="ValueId.Index"/>; null where not computed or no longer needed.</summary>
    public float[]?[] Values { get; } = new float[]?[graph.ValueCount];

    /// <summary>Derivatives of the loss by the values, likewise.</summary>
    public float[]?[] Gradients { get; } = new float[]?[graph.ValueCount];
}
