using Flightc.IR;

namespace Flightc.Models;

/// <summary>Activation functions by the names that transformers gives them.</summary>
internal static class ActivationNames
{
    private static readonly (string Name, ActivationFunction Function)[] All =
    [
        ("silu", ActivationFunction.Silu), ("swish", ActivationFunction.Silu),
        ("gelu", ActivationFunction.Gelu), ("gelu_python", ActivationFunction.Gelu),
        ("gelu_new", ActivationFunction.GeluTanh), ("gelu_pytorch_tanh", ActivationFunction.GeluTanh), ("gelu_fast", ActivationFunction.GeluTanh),
        ("gelu_accurate", ActivationFunction.GeluTanh),
        ("relu", ActivationFunction.Relu), ("quick_gelu", ActivationFunction.QuickGelu),
    ];

    /// <summary>All names, for messages.</summary>
    public static string List { get; } = string.Join(", ", All.Select(one => one.Name));

    /// <summary>The function of a name, or null.</summary>
    public static ActivationFunction? Find(string name)
    {
        foreach ((string known, ActivationFunction function) in All)
        {
            if (known == name)
            {
                return function;
            }
        }

        return null;
    }
}
