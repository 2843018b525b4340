using Flightc.IR;

namespace Flightc.Compression;

/// <summary>What a model loses where one of its weights is stored in a format, all others as floats.</summary>
/// <remarks>
/// Losses of several weights are added up: to the second order that is what errors that do not depend on each
/// other cost together (docs/allocation.md §1).
/// </remarks>
public interface ICandidateLoss
{
    /// <summary>
    /// The predicted increase of the loss: mean KL(float ‖ quantised) of a token, in nats, unless the source says
    /// that it measures something else.
    /// </summary>
    /// <param name="role">The weight's name by role, such as <c>layers.3.mlp.down.weight</c>.</param>
    /// <param name="format">The format in which it alone is stored.</param>
    /// <returns>At least 0; positive infinity where the weight cannot have the format.</returns>
    /// <exception cref="Diagnostics.CompilationException">The source knows no such loss, or a weight cannot be
    /// read.</exception>
    double LossOf(string role, QuantizedFormat format);
}
