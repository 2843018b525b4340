using System.Globalization;
using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Turns the nodes of a quantised Graph, one after another, into the steps of a phase.</summary>
/// <remarks>Attention has a file of its own.</remarks>
internal sealed partial class Lowering(
    Graph graph, ModelShape shape, IReadOnlyList<Partition> partitions, Mapping mapping)
{
    private readonly Node[] _normNodes = [.. graph.Nodes.Where(n => n.Op is RmsNormQuantize)];

    private readonly List<Product> _products = [];
    private readonly HashSet<string> _productNames = [];
    private List<Step> _steps = [];
    private int _layer;
    private int _norms;
    private string _phase = "";
    private PhaseMapping _choices;

    /// <summary>All products, in the order in which a phase consumes them; the same for every phase.</summary>
    public IReadOnlyList<Product> Products => _products;

    /// <summary>The matrix of a <see cref="Linear"/>.</summary>
    public static Weight MatrixOf(Graph graph, Node linear) =>
        graph.WeightOf(linear.Operands[1]) is { Format: not null } weight ? weight
            : throw ModelShape.Unknown($"'{linear.Name}' multiplies by something that is no quantised weight");

    private bool GathersValues => _choices.Gather == GatherForm.Values;

    /// <summary>The steps of one phase.</summary>
    public IReadOnlyList<Step> Lower(string phase)
    {
        (_steps, _layer, _norms, _phase, _choices) = ([], 0, 0, phase, mapping.Of(phase));
        foreach (Node node in graph.Nodes)
        {
            Lower(node);
        }

        Add(StepKind.Finish, "finish");
        return _steps;
    }

    private void Lower(Node node)
    {
        switch (node.Op)
        {
            case Embedding:
                LowerEmbedding(node);
                break;
            case RmsNormQuantize norm:
                LowerNorm(node, norm);
                break;
            case Attention:
                LowerAttention(node);
                _layer++;
                break;
            case GatedActivation { Function: ActivationFunction.Silu }:
                LowerSwiGlu(node);
                break;
            case Quantize when Operand(node, 0).Op is Attention:
                LowerAttentionCodes(node);
                break;
            case Quantize when Operand(node, 0).Op is GatedActivation:
                LowerHiddenCodes(node);
                break;
            case Linear { HasResidual: true }:
                bool fromFfn = Operand(node, 0) is { Op: Quantize } quantize && Operand(quantize, 0).Op is GatedActivation;
                Multiply(
                    WholeProduct(node, "hidden"), fromFfn ? "ffn.codes" : "codes",
                    fromFfn ? "ffn.scales" : "scales", "residual", PlaceOver("hidden"), [("add", "1")]);
                break;
            case Linear when IsOutput(node):
                LowerHead(node);
                break;
            case Linear or RotaryQuantize or QuantizeHeads:
                // Lowered with the attention or the SwiGLU that uses it.
                break;
            default:
                throw ModelShape.Unknown($"'{node.Name}' is a {node.Op.Mnemonic}");
        }
    }

    private void LowerEmbedding(Node node)
    {
        string table = graph.NameOf(node.Operands[1]);
        Add(StepKind.LoadIndexed, node.Name, ("table", table), ("out", At("rows")));
        Add(StepKind.LoadPositions, "rotary", ("table", "rotary"), ("out", At("positions")));
        LoadNorms(0);

        // Where values are gathered, every core makes whole rows, and the first norm needs none of the others.
        Add(
            StepKind.Embed, node.Name,
            [("table", table), ("source", At("rows")), .. GathersValues ? None : Over("hidden"), ("out", At("residual"))]);
    }

    private void LowerNorm(Node node, RmsNormQuantize norm)
    {
        string weight = At(NormRegion(_norms));
        bool isLast = graph.Nodes.Any(n => IsOutput(n) && ReferenceEquals(Operand(n, 0), node));
        (string, string)[] wanted = isLast ? [("wanted", "1")] : None;
        (string, string)[] rows = GathersValues ? Whole(shape.Hidden) : Over("hidden");
        if (GathersValues && _norms > 0)
        {
            Add(StepKind.Gather, node.Name, ("region", At("residual")), ("over", "hidden"));
        }

        Add(
            StepKind.Measure, node.Name,
            [("source", At("residual")), .. rows, ("weight", weight), ("maxima", At("maxima")), ("sums", At("sums")), .. wanted]);
        if (!GathersValues)
        {
            Add(StepKind.Maximum, node.Name, [("region", At("maxima")), .. wanted]);
            Add(StepKind.Gather, node.Name, [("region", At("sums")), ("over", "hidden"), ("per", "64"), .. wanted]);
        }

        Add(
            StepKind.Quantize, node.Name,
            [("source", At("residual")), .. rows, ("weight", weight), ("maxima", At("maxima")), ("sums", At("sums")),
            ("epsilon", norm.Epsilon.ToString("R", CultureInfo.InvariantCulture)), ("codes", At("codes")),
            ("scales", At("scales")), .. wanted]);
        if (!GathersValues)
        {
            Add(StepKind.Gather, node.Name, [("region", At("codes")), ("over", "hidden"), .. wanted]);
        }

        _norms++;
    }

    private static string NormRegion(int number) => $"norm.{number % ScratchPlan.NormPlaces}";

    // One load brings the weights of a layer's two norms, together with the keys of the layer before: long before they are
    // wanted, and where it divides no load of weights. Those of two layers are in scratch then.
    private void LoadNorms(int first)
    {
        int count = Math.Clamp(_normNodes.Length - first, 0, 2);
        if (count == 2 && TableNumber(first + 1) > TableNumber(first))
        {
            LoadNorm(first, [("next", NormTable(first + 1))], [("nextout", At(NormRegion(first + 1)))]);
            return;
        }

        for (int norm = first; norm < first + count; norm++)
        {
            LoadNorm(norm, None, None);
        }
    }

    private void LoadNorm(int number, (string, string)[] next, (string, string)[] nextOut) => Add(
        StepKind.LoadVector, _normNodes[number].Name,
        [("table", NormTable(number)), .. next, .. GathersValues ? None : Over("hidden"), ("out", At(NormRegion(number))), .. nextOut]);

    private string NormTable(int number) => graph.NameOf(_normNodes[number].Operands[1]);

    // Tables lie in DDR in the order in which norms first use them.
    private int TableNumber(int norm) =>
        Array.FindIndex(_normNodes, n => graph.NameOf(n.Operands[1]) == NormTable(norm));

    private void LowerHiddenCodes(Node node)
    {
        (string, string)[] rows = GathersValues ? Whole(node.Type.Columns) : Over("ffn");
        if (GathersValues)
        {
            Add(StepKind.Gather, node.Name, ("region", At("hidden")), ("over", "ffn"));
        }

        Add(StepKind.Measure, node.Name, [("source", At("hidden")), .. rows, ("maxima", At("maxima"))]);
        if (!GathersValues)
        {
            Add(StepKind.Maximum, node.Name, ("region", At("maxima")));
        }

        Add(
            StepKind.Quantize, node.Name,
            [("source", At("hidden")), .. rows, ("maxima", At("maxima")), ("codes", At("ffn.codes")), ("scales", At("ffn.scales"))]);
        if (!GathersValues)
        {
            Add(StepKind.Gather, node.Name, ("region", At("ffn.codes")), ("over", "ffn"));
        }
    }

    private void LowerSwiGlu(Node node)
    {
        Node[] linears = [Operand(node, 0), Operand(node, 1)];
        ProductPart[] parts = [.. linears.Select(l => WholePart(l, "ffn"))];
        int pieceBlocks = mapping.GateRows / Schedule.BlockRows;
        int pieces = Pieces("ffn", mapping.GateRows);
        for (int piece = 0; piece < pieces; piece++)
        {
            // Two places take turns, so that the matrix engine goes on while the last piece is activated.
            string region = $"gateup.{piece % 2}";
            Product product = Define(
                $"{Prefix(node.Name)}.gateup.{piece}", MatrixOf(graph, linears[0]).Type.Columns, true, parts,
                piece * pieceBlocks, pieceBlocks);
            Multiply(product, "codes", "scales", region);
            Add(
                StepKind.SwiGlu, node.Name,
                [("product", product.Name), ("source", At(region)), .. PlaceOver("ffn"), ("out", At("hidden"))]);
        }
    }

    private void LowerHead(Node node)
    {
        int pieceBlocks = mapping.HeadRows / Schedule.BlockRows;
        int pieces = Pieces("vocabulary", mapping.HeadRows);
        for (int piece = 0; piece < pieces; piece++)
        {
            string region = $"logits.{piece % 2}";
            Product product = Define(
                $"{node.Name}.{piece}", MatrixOf(graph, node).Type.Columns, false,
                [WholePart(node, "vocabulary")], piece * pieceBlocks, pieceBlocks);
            Multiply(product, "codes", "scales", region, None, [("wanted", "1")]);
            Add(
                StepKind.StoreLogits, node.Name, ("product", product.Name), ("source", At(region)),
                ("over", "vocabulary"));
        }
    }

    private Product WholeProduct(Node linear, string partition) =>
        Define(Role(linear), MatrixOf(graph, linear).Type.Columns, false, [WholePart(linear, partition)]);

    private ProductPart WholePart(Node linear, string partition)
    {
        Weight weight = MatrixOf(graph, linear);
        return new ProductPart(
            linear.Name, weight.Name, partition, 0, weight.Type.Shape[0].Size, 1, weight.Format!.Value);
    }

    private Product Define(
        string name, long columns, bool alternate, IReadOnlyList<ProductPart> parts, int firstBlock = 0,
        int blockCount = Product.AllBlocks)
    {
        Product product = new(name, columns, alternate, firstBlock, blockCount, parts);
        if (_productNames.Add(name))
        {
            _products.Add(product);
        }

        return product;
    }

    private void Multiply(
        Product product, string codes, string scales, string region, (string, string)[]? place = null,
        (string, string)[]? more = null) =>
        Add(
            StepKind.Linear, product.Name,
            [("product", product.Name), ("codes", At(codes)), ("scales", At(scales)), .. place ?? None, ("out", At(region)), .. more ?? None]);

    private int Pieces(string partition, int rows) =>
        (int)((partitions.Single(p => p.Name == partition).Largest + rows - 1) / rows);

    private Node Operand(Node node, int number) =>
        graph.NodeOf(node.Operands[number]) ?? throw ModelShape.Unknown(
            $"operand {number} of '{node.Name}' is not computed");

    private bool IsOutput(Node node) => ReferenceEquals(graph.NodeOf(graph.Outputs[0]), node);

    // layers.3.attn.out → layers.3.attn
    private static string Prefix(string name) => name[..name.LastIndexOf('.')];

    // The weight's role without its last word: a residual's product is named after what it multiplies by.
    private string Role(Node linear) => Prefix(graph.NameOf(linear.Operands[1]));

    private static (string Key, string Value)[] None => [];

    private static (string, string)[] Over(string partition) => [("over", partition)];

    private static (string, string)[] Whole(long count) => [("count", Text(count))];

    // Results stand in their place of whole rows where these are gathered.
    private (string, string)[] PlaceOver(string partition) => GathersValues ? Over(partition) : None;

    // Every phase has regions of its own.
    private string At(string region) => $"{_phase}.{region}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void Add(StepKind kind, string name, params (string Key, string Value)[] arguments) =>
        _steps.Add(new Step(kind, name, [.. arguments.Select(a => new StepArgument(a.Key, a.Value))]));
}
