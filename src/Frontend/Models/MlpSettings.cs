using Flightc.IR;

namespace Flightc.Models;

/// <summary>The feed-forward network of a decoder's layers.</summary>
/// <param name="Function">What stands between its projections.</param>
/// <param name="IsGated">Whether it is <c>down(f(gate(x)) · up(x))</c> (Shazeer 2020) and not <c>down(f(up(x)))</c>.</param>
/// <param name="HasBias">Whether its projections add biases.</param>
public sealed record MlpSettings(ActivationFunction Function = ActivationFunction.Silu, bool IsGated = true, bool HasBias = false);
