namespace Flightc.IR;

/// <summary>Names of <see cref="ActivationFunction"/>.</summary>
public static class ActivationFunctions
{
    /// <summary>The name in the text of a graph, such as <c>gelu_tanh</c>.</summary>
    public static string NameOf(ActivationFunction function) => function switch
    {
        ActivationFunction.Silu => "silu",
        ActivationFunction.Gelu => "gelu",
        ActivationFunction.GeluTanh => "gelu_tanh",
        ActivationFunction.Relu => "relu",
        ActivationFunction.QuickGelu => "quick_gelu",
    };

    /// <summary>The name of the gated form in the text of a graph (Shazeer 2020), such as <c>swiglu</c>.</summary>
    public static string GatedNameOf(ActivationFunction function) => function switch
    {
        ActivationFunction.Silu => "swiglu",
        ActivationFunction.Gelu => "geglu",
        ActivationFunction.GeluTanh => "geglu_tanh",
        ActivationFunction.Relu => "reglu",
        ActivationFunction.QuickGelu => "geglu_quick",
    };

    /// <summary>The function of a name, or null.</summary>
    public static ActivationFunction? Find(string name) => Find(name, NameOf);

    /// <summary>The function of the name of a gated form, or null.</summary>
    public static ActivationFunction? FindGated(string name) => Find(name, GatedNameOf);

    private static ActivationFunction? Find(string name, Func<ActivationFunction, string> nameOf) =>
        Enum.GetValues<ActivationFunction>().Cast<ActivationFunction?>().FirstOrDefault(f => nameOf(f!.Value) == name);
}
