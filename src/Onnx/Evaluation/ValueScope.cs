using Flightc.Diagnostics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Values by name while a graph is executed; a branch sees those of the graph around it.</summary>
internal sealed class ValueScope(IReadOnlyDictionary<string, OnnxTensor> inputs, IReadOnlyDictionary<string, OnnxTensor> initializers, ValueScope? outer)
{
    private readonly Dictionary<string, OnnxTensor> _computed = new(StringComparer.Ordinal);

    /// <summary>How many graphs are around it.</summary>
    public int Depth { get; } = outer is null ? 0 : outer.Depth + 1;

    /// <summary>The value of that name.</summary>
    /// <param name="name">Of the value.</param>
    /// <param name="user">The node that wants it, for the message.</param>
    public OnnxTensor Find(string name, string user)
    {
        for (ValueScope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._computed.TryGetValue(name, out OnnxTensor? value) || scope.Inputs.TryGetValue(name, out value) || scope.Initializers.TryGetValue(name, out value))
            {
                return value;
            }
        }

        throw new CompilationException(Codes.OnnxGraphInvalid, $"'{name}' is used, and nothing before defines it", user);
    }

    /// <summary>Adds what a node gave.</summary>
    public void Set(string name, OnnxTensor value) => _computed[name] = value;

    /// <summary>Lets go of values that nobody uses any more.</summary>
    public void Forget(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            _computed.Remove(name);
        }
    }

    private IReadOnlyDictionary<string, OnnxTensor> Inputs { get; } = inputs;

    private IReadOnlyDictionary<string, OnnxTensor> Initializers { get; } = initializers;

    private ValueScope? Outer { get; } = outer;
}
