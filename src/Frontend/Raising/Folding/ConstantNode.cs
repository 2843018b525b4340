using System.Runtime.CompilerServices;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>A node all of whose inputs are constants.</summary>
/// <param name="node">The node.</param>
/// <param name="inputs">Its inputs in order; null for one that is left out.</param>
/// <param name="evaluator">Executes it.</param>
internal sealed class ConstantNode(OnnxNode node, IReadOnlyList<Constant?> inputs, Evaluator evaluator)
{
    private IReadOnlyList<OnnxTensor?>? _results;

    /// <summary>The node.</summary>
    public OnnxNode Node => node;

    /// <summary>Its inputs.</summary>
    public IReadOnlyList<Constant?> Inputs => inputs;

    /// <summary>Its results, evaluated once.</summary>
    public IReadOnlyList<OnnxTensor?> Results
    {
        get
        {
            if (_results is null && !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            {
                throw new CompilationException(Codes.OnnxModelUnsupported, "constants are computed from constants too many times", node.Name);
            }

            return _results ??= evaluator.RunNode(node, [.. inputs.Select(i => i?.Value)]);
        }
    }
}
