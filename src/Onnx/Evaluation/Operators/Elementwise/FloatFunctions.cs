namespace Flightc.Onnx.Evaluation;

/// <summary>The functions of one number with a point.</summary>
internal static class FloatFunctions
{
    // Of "Self-Normalizing Neural Networks", arXiv 1706.02515, as the operator's definition rounds them.
    private const float SeluAlpha = 1.67326319217681884765625f;
    private const float SeluGamma = 1.05070102214813232421875f;

    /// <summary>All of them.</summary>
    public static IEnumerable<OnnxOperator> All =>
    [
        Plain("Ceil", [6, 13], Math.Ceiling),
        Plain("Cos", [7, 22], PortableFunctions.Cos),
        Plain("Erf", [9, 13], PortableFunctions.Erf),
        Plain("Exp", [6, 13], PortableFunctions.Exp),
        Plain("Floor", [6, 13], Math.Floor),
        Plain("HardSwish", [14, 22], static x => x * Math.Clamp(x / 6 + 0.5, 0, 1)),
        Plain("Log", [6, 13], PortableFunctions.Log),
        Plain("Mish", [18, 22], static x => x * PortableFunctions.Tanh(Softplus(x))),
        Plain("Reciprocal", [6, 13], static x => 1 / x),
        Plain("Round", [11, 22], static x => Math.Round(x, MidpointRounding.ToEven)),
        Plain("Sigmoid", [6, 13], PortableFunctions.Sigmoid),
        Plain("Sin", [7, 22], PortableFunctions.Sin),
        Plain("Softplus", [1, 22], Softplus),
        Plain("Softsign", [1, 22], static x => x / (1 + Math.Abs(x))),
        Plain("Sqrt", [6, 13], Math.Sqrt),
        Plain("Tanh", [6, 13], PortableFunctions.Tanh),
        Of("Celu", [12, 28], [AttributeDefinition.Float("alpha", 1)], static call => Celu(call.Float("alpha"))),
        Of("Elu", [6, 22], [AttributeDefinition.Float("alpha", 1)], static call => Elu(call.Float("alpha"), 1)),
        Of("Gelu", [20], [AttributeDefinition.Text("approximate", "none")], GeluOf),
        Of("HardSigmoid", [6, 22], [AttributeDefinition.Float("alpha", 0.2f), AttributeDefinition.Float("beta", 0.5f)],
            static call => HardSigmoid(call.Float("alpha"), call.Float("beta"))),
        Of("LeakyRelu", [6, 16], [AttributeDefinition.Float("alpha", 0.01f)], static call => LeakyRelu(call.Float("alpha"))),
        Of("Selu", [6, 22], [AttributeDefinition.Float("alpha", SeluAlpha), AttributeDefinition.Float("gamma", SeluGamma)],
            static call => Elu(call.Float("alpha"), call.Float("gamma"))),
        Of("Shrink", [9], [AttributeDefinition.Float("bias", 0), AttributeDefinition.Float("lambd", 0.5f)],
            static call => Shrink(call.Float("bias"), call.Float("lambd"))),
        Of("Swish", [24], [AttributeDefinition.Float("alpha", 1)], static call => Swish(call.Float("alpha"))),
        Of("ThresholdedRelu", [10, 22], [AttributeDefinition.Float("alpha", 1)], static call => ThresholdedRelu(call.Float("alpha"))),
        Of("Gelu", [1], [], static _ => Gelu, OperatorDefinition.Microsoft),
        Of("QuickGelu", [1], [AttributeDefinition.Float("alpha", 1.702f)], static call => Swish(call.Float("alpha")), OperatorDefinition.Microsoft),
    ];

    /// <summary><c>x · Φ(x)</c>, Φ the normal distribution ("Gaussian Error Linear Units", arXiv 1606.08415).</summary>
    public static double Gelu(double x) => 0.5 * x * (1 + PortableFunctions.Erf(x * 0.70710678118654752440));

    /// <summary>The approximation of the same paper by a hyperbolic tangent.</summary>
    public static double GeluByTanh(double x) => 0.5 * x * (1 + PortableFunctions.Tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));

    /// <summary><c>x / (1 + e^-alpha·x)</c>.</summary>
    public static Func<double, double> Swish(double alpha) => x => x * PortableFunctions.Sigmoid(alpha * x);

    private static double Softplus(double x) => Math.Max(x, 0) + PortableFunctions.LogOnePlus(PortableFunctions.Exp(-Math.Abs(x)));

    private static Func<double, double> Celu(double alpha) => x => Math.Max(0, x) + Math.Min(0, alpha * (PortableFunctions.Exp(x / alpha) - 1));

    private static Func<double, double> Elu(double alpha, double gamma) => x => gamma * (x > 0 ? x : alpha * (PortableFunctions.Exp(x) - 1));

    private static Func<double, double> HardSigmoid(double alpha, double beta) => x => Math.Clamp(alpha * x + beta, 0, 1);

    private static Func<double, double> LeakyRelu(double alpha) => x => x < 0 ? alpha * x : x;

    private static Func<double, double> Shrink(double bias, double lambda) => x => x < -lambda ? x + bias : x > lambda ? x - bias : 0;

    private static Func<double, double> ThresholdedRelu(double alpha) => x => x > alpha ? x : 0;

    private static Func<double, double> GeluOf(OperatorCall call) => call.Text("approximate") switch
    {
        "none" => Gelu,
        "tanh" => GeluByTanh,
        string other => throw call.Unsupported($"approximate is '{other}'; wanted 'none' or 'tanh'", ""),
    };

    private static FloatFunctionOperator Plain(string name, int[] versions, Func<double, double> function) => Of(name, versions, [], _ => function);

    private static FloatFunctionOperator Of(
        string name, int[] versions, AttributeDefinition[] attributes, Func<OperatorCall, Func<double, double>> function, string domain = "") => new(
        new OperatorDefinition(name, versions)
        {
            Domain = domain,
            Inputs = [new("X", "T")],
            Outputs = [new("Y", "T")],
            Attributes = attributes,
            Types = new Dictionary<string, ElementSet> { ["T"] = name == "Shrink" ? ElementSet.Numbers : ElementSet.Floats },
        },
        function);
}
