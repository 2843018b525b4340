using Flightc.IR;

namespace Flightc.Cli.Layers;

/// <summary>The errors of all operators of an image.</summary>
/// <param name="Image">Path.</param>
/// <param name="Tokens">Tokens of the sample.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Operators">In the order in which they are executed.</param>
internal sealed record LayerErrors(string Image, int Tokens, LayerOptions Options, IReadOnlyList<OperatorError> Operators)
{
    /// <summary>The first operator beyond a limit: what comes after it works on what is already wrong. Null for none.</summary>
    public OperatorError? FirstBad => Operators.FirstOrDefault(o => o.IsBad);

    /// <summary>The operator that adds most to the error of what it is given: where a wider format helps most. Null for none.</summary>
    public OperatorError? LargestIncrease => Operators.Where(o => o.Increase is not null).MaxBy(o => o.Increase);

    /// <summary>The first operator that the image computes otherwise than the quantised graph; null for none.</summary>
    public OperatorError? FirstDifference => Operators.FirstOrDefault(o => o.Differing > 0);

    /// <summary>Judges the sums of a sample.</summary>
    /// <param name="image">Path.</param>
    /// <param name="tokens">Tokens of the sample.</param>
    /// <param name="options">Limits.</param>
    /// <param name="graph">The graph that the image computes.</param>
    /// <param name="sums">By node.</param>
    public static LayerErrors Of(string image, int tokens, LayerOptions options, Graph graph, IReadOnlyList<OperatorSums> sums)
    {
        double?[] relative = new double?[graph.ValueCount];
        List<OperatorError> operators = [];
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Node node = graph.Nodes[i];
            OperatorSums sum = sums[i];
            bool compares = sum.Tokens > 0;
            double? error = compares ? sum.Relative : null;
            relative[graph.ValueOfNode(i).Index] = error;
            operators.Add(new OperatorError(
                node.Name, node.Op.Mnemonic,
                compares ? sum.Cosine : null, error, compares ? sum.MaxAbs : null,
                error - (node.Operands.Max(o => relative[o.Index]) ?? 0),
                compares && !(sum.Relative <= options.RelativeLimit && sum.Cosine >= options.CosineLimit),
                sum.Differing));
        }

        return new LayerErrors(image, tokens, options, operators);
    }
}
