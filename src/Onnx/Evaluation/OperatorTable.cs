namespace Flightc.Onnx.Evaluation;

/// <summary>Every operator that is known, by domain and name.</summary>
public static class OperatorTable
{
    private static readonly OnnxOperator[] Operators =
    [
        .. new OnnxOperator[]
        {
            new AbsOperator(),
            new AddOperator(),
            new AttentionOperator(),
            new BitCastOperator(),
            new BitwiseNotOperator(),
            new CastLikeOperator(),
            new CastOperator(),
            new CausalConvWithStateOperator(),
            new ClipOperator(),
            new ConcatOperator(),
            new ConstantOfShapeOperator(),
            new ConstantOperator(),
            new CumSumOperator(),
            new DequantizeLinearOperator(),
            new DivOperator(),
            new DropoutOperator(),
            new DynamicQuantizeLinearOperator(),
            new EinsumOperator(),
            new EmbedLayerNormalizationOperator(),
            new ExpandOperator(),
            new FlattenOperator(),
            new GatherBlockQuantizedOperator(),
            new GatherElementsOperator(),
            new GatherNDOperator(),
            new GatherOperator(),
            new GemmOperator(),
            new GroupQueryAttentionOperator(),
            new IdentityOperator(),
            new IsInfOperator(),
            new IsNaNOperator(),
            new LinearAttentionOperator(),
            new MatMulIntegerOperator(),
            new MatMulNBitsOperator(),
            new MatMulOperator(),
            new MaxOperator(),
            new MeanOperator(),
            new MicrosoftAttentionOperator(),
            new MicrosoftRotaryEmbeddingOperator(),
            new MinOperator(),
            new ModOperator(),
            new MulOperator(),
            new MultiHeadAttentionOperator(),
            new NegOperator(),
            new NonZeroOperator(),
            new NotOperator(),
            new OneHotOperator(),
            new PadOperator(),
            new PowOperator(),
            new PReluOperator(),
            new QLinearMatMulOperator(),
            new QuantizeLinearOperator(),
            new RangeOperator(),
            new ReluOperator(),
            new ReshapeOperator(),
            new RotaryEmbeddingOperator(),
            new ScatterElementsOperator(),
            new ScatterNDOperator(),
            new ShapeOperator(),
            new SignOperator(),
            new SizeOperator(),
            new SliceOperator(),
            new SplitOperator(),
            new SqueezeOperator(),
            new SubOperator(),
            new SumOperator(),
            new SwiGluOperator(),
            new TensorScatterOperator(),
            new TileOperator(),
            new TopKOperator(),
            new TransposeOperator(),
            new TriluOperator(),
            new UnsqueezeOperator(),
            new WhereOperator(),
        },
        .. ArgOperator.All,
        .. BiasedGeluOperator.All,
        .. BitOperator.All,
        .. ComparisonOperator.All,
        .. FloatFunctions.All,
        .. NormalizationOperator.All,
        .. ReduceOperator.All,
        .. SkipNormalizationOperator.All,
        .. SoftmaxOperator.All,
    ];

    private static readonly Dictionary<(string Domain, string Name), OnnxOperator> ByName = Operators.ToDictionary(o => (o.Definition.Domain, o.Definition.Name));

    /// <summary>The one operator that is executed by the evaluator itself, since it runs graphs.</summary>
    private static OperatorDefinition If { get; } = new("If", [1, 11, 13, 16, 19, 21, 23, 24, 25])
    {
        Inputs = [new("cond", "B")],
        Outputs = [ParameterDefinition.Variadic("outputs", "V")],
        Attributes =
        [
            AttributeDefinition.Required("else_branch", AttributeKind.Graph),
            AttributeDefinition.Required("then_branch", AttributeKind.Graph),
        ],
        Types = new Dictionary<string, ElementSet> { ["B"] = ElementSet.Bool, ["V"] = ElementSet.All },
    };

    /// <summary>All definitions, by domain and then by name.</summary>
    public static IReadOnlyList<OperatorDefinition> All { get; } =
    [
        .. Operators.Select(o => o.Definition).Append(If)
            .OrderBy(d => d.Domain, StringComparer.Ordinal).ThenBy(d => d.Name, StringComparer.Ordinal),
    ];

    /// <summary>The definition of an operator, or null where it is not known.</summary>
    /// <param name="domain">Empty for the standard's own.</param>
    /// <param name="name">Such as <c>Softmax</c>.</param>
    public static OperatorDefinition? Find(string domain, string name) =>
        domain.Length == 0 && name == If.Name ? If : ByName.TryGetValue((domain, name), out OnnxOperator? found) ? found.Definition : null;

    /// <summary>An operator that <see cref="Find"/> knows, other than <c>If</c>.</summary>
    internal static OnnxOperator Get(string domain, string name) => ByName[(domain, name)];
}
