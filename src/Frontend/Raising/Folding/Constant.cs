using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>A value that depends on neither token ids nor past: an initializer, or what a node makes of such. Evaluated when somebody asks.</summary>
/// <remarks>Weights are initializers with a transposition or a cast behind them; they are never evaluated to find out what a model is.</remarks>
internal sealed class Constant
{
    private readonly ConstantNode? _node;
    private readonly int _output;
    private readonly OnnxTensor? _tensor;

    /// <summary>A value that is there.</summary>
    public Constant(OnnxTensor tensor, string name)
    {
        _tensor = tensor;
        Name = name;
        Type = OnnxTensorType.Of(tensor);
    }

    /// <summary>A result of a node.</summary>
    public Constant(ConstantNode node, int output, OnnxTensorType type, string name)
    {
        _node = node;
        _output = output;
        Type = type;
        Name = name;
    }

    /// <summary>Its name in the graph.</summary>
    public string Name { get; }

    /// <summary>Its type.</summary>
    public OnnxTensorType Type { get; }

    /// <summary>The node that makes it, or null for an initializer.</summary>
    public OnnxNode? Node => _node?.Node;

    /// <summary>What that node is made of; empty for an initializer.</summary>
    public IReadOnlyList<Constant?> Inputs => _node?.Inputs ?? [];

    /// <summary>Its elements.</summary>
    /// <exception cref="CompilationException">The node cannot be evaluated.</exception>
    public OnnxTensor Value => _tensor ?? _node!.Results[_output]!;

    /// <summary>The initializer, where this is one.</summary>
    public OnnxTensor? Stored => _tensor;
}
