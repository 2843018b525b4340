using System.Globalization;
using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Turns the nodes of a quantised Graph, one after another, into the steps of a phase.</summary>
internal sealed class Lowering(Graph graph, ModelShape shape, IReadOnlyList<Partition> partitions)
{
    private readonly List<Product> _products = [];
    private readonly HashSet<string> _productNames = [];
    private List<Step> _steps = [];
    private int _layer;
    private int _norms;

    /// <summary>All products, in the order in which a phase consumes them; the same for every phase.</summary>
    public IReadOnlyList<Product> Products => _products;

    /// <summary>The matrix of a <see cref="Linear"/>.</summary>
    public static Weight MatrixOf(Graph graph, Node linear) =>
        graph.WeightOf(linear.Operands[1]) is { Format: not null } weight ? weight
            : throw ModelShape.Unknown($"'{linear.Name}' multiplies by something that is no quantised weight");

    /// <summary>The steps of one phase.</summary>
    public IReadOnlyList<Step> Lower()
    {
        (_steps, _layer, _norms) = ([], 0, 0);
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
            case SwiGlu:
                LowerSwiGlu(node);
                break;
            case Quantize when Operand(node, 0).Op is Attention:
                Add(
                    StepKind.Measure, node.Name, ("of", Operand(node, 0).Name), ("source", "attention"),
                    ("count", Text(node.Type.Columns)), ("maxima", "maxima"));
                Add(
                    StepKind.Quantize, node.Name, ("source", "attention"), ("count", Text(node.Type.Columns)),
                    ("maxima", "maxima"), ("codes", "codes"), ("scales", "scales"));
                break;
            case Quantize when Operand(node, 0).Op is SwiGlu:
                Add(StepKind.Measure, node.Name, ("source", "hidden"), ("over", "ffn"), ("maxima", "maxima"));
                Add(StepKind.Maximum, node.Name, ("region", "maxima"));
                Add(
                    StepKind.Quantize, node.Name, ("source", "hidden"), ("over", "ffn"), ("maxima", "maxima"),
                    ("codes", "ffn.codes"), ("scales", "ffn.scales"));
                Add(StepKind.Gather, node.Name, ("region", "ffn.codes"), ("over", "ffn"));
                break;
            case Linear { HasResidual: true }:
                bool fromFfn = Operand(node, 0) is { Op: Quantize } quantize && Operand(quantize, 0).Op is SwiGlu;
                Multiply(
                    WholeProduct(node, "hidden"), fromFfn ? "ffn.codes" : "codes",
                    fromFfn ? "ffn.scales" : "scales", "residual", ("add", "1"));
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
        Add(StepKind.LoadIndexed, node.Name, ("table", table), ("out", "rows"));
        Add(StepKind.LoadPositions, "rotary", ("table", "rotary"), ("out", "positions"));
        Add(StepKind.Embed, node.Name, ("table", table), ("source", "rows"), ("over", "hidden"), ("out", "residual"));
    }

    private void LowerNorm(Node node, RmsNormQuantize norm)
    {
        // Two places take turns, so that the next norm's weights load while this one's are in use.
        string weight = $"norm.{_norms++ % 2}";
        bool isLast = graph.Nodes.Any(n => IsOutput(n) && ReferenceEquals(Operand(n, 0), node));
        (string, string)[] wanted = isLast ? [("wanted", "1")] : [];
        Add(
            StepKind.LoadVector, node.Name, ("table", graph.NameOf(node.Operands[1])), ("over", "hidden"),
            ("out", weight));
        Add(
            StepKind.Measure, node.Name,
            [("source", "residual"), ("over", "hidden"), ("weight", weight), ("maxima", "maxima"), ("sums", "sums"), .. wanted]);
        Add(StepKind.Maximum, node.Name, [("region", "maxima"), .. wanted]);
        Add(StepKind.Gather, node.Name, [("region", "sums"), ("over", "hidden"), ("per", "64"), .. wanted]);
        Add(
            StepKind.Quantize, node.Name,
            [("source", "residual"), ("over", "hidden"), ("weight", weight), ("maxima", "maxima"), ("sums", "sums"),
            ("epsilon", norm.Epsilon.ToString("R", CultureInfo.InvariantCulture)), ("codes", "codes"),
            ("scales", "scales"), .. wanted]);
        Add(StepKind.Gather, node.Name, [("region", "codes"), ("over", "hidden"), .. wanted]);
    }

    private void LowerAttention(Node node)
    {
        Node[] heads = [Operand(node, 0), Operand(node, 1), Operand(node, 2)];
        long[] counts = [shape.Heads, shape.KvHeads, shape.KvHeads];
        ProductPart[] parts = new ProductPart[3];
        for (int i = 0, first = 0; i < 3; first += (int)counts[i++])
        {
            Node linear = Operand(heads[i], 0);
            Weight weight = MatrixOf(graph, linear);
            parts[i] = new ProductPart(
                linear.Name, weight.Name, "heads", first, counts[i], shape.HeadDim, weight.Format!.Value);
        }

        string name = Prefix(node.Name);
        Multiply(
            Define($"{name}.qkv", MatrixOf(graph, Operand(heads[0], 0)).Type.Columns, false, parts), "codes",
            "scales", "projections");
        for (int i = 0; i < 3; i++)
        {
            bool rotates = heads[i].Op is RotaryQuantize;
            Add(
                StepKind.Heads, heads[i].Name,
                [("product", $"{name}.qkv"), ("part", Text(i)), ("source", "projections"), ("over", "heads"),
                .. rotates ? [("table", "positions")] : Array.Empty<(string, string)>(),
                ("cache", i == 0 ? "0" : "1"),
                ("codes", "head.codes"), ("scales", "head.scales")]);
        }

        Add(
            StepKind.Gather, $"{name}.heads", ("region", "head.codes"), ("over", "heads"),
            ("each", Text(shape.HeadDim)));
        Add(StepKind.Gather, $"{name}.heads", ("region", "head.scales"), ("over", "heads"));

        string layer = Text(_layer);
        string group = Text(shape.Heads / shape.KvHeads);
        Add(StepKind.For, node.Name, ("count", Text(shape.KvHeads)));
        Add(StepKind.LoadCache, node.Name, ("layer", layer), ("part", "keys"));
        Add(
            StepKind.Score, node.Name, ("layer", layer), ("codes", "head.codes"), ("scales", "head.scales"),
            ("out", "scores"), ("values", "slot.values"), ("maxima", "row.maxima"),
            ("valuemaxima", "row.valuemaxima"));
        Add(StepKind.Maximum, node.Name, ("region", "row.maxima"), ("each", group));
        Add(StepKind.Maximum, node.Name, ("region", "row.valuemaxima"), ("each", group));
        Add(
            StepKind.Softmax, node.Name, ("source", "scores"), ("values", "slot.values"),
            ("maxima", "row.maxima"), ("valuemaxima", "row.valuemaxima"), ("out", "probabilities"),
            ("sums", "row.sums"));
        Add(StepKind.LoadCache, node.Name, ("layer", layer), ("part", "values"));
        Add(
            StepKind.Value, node.Name, ("layer", layer), ("source", "probabilities"), ("codes", "head.codes"),
            ("out", "weighted"));
        Add(StepKind.Sum, node.Name, ("region", "row.sums"), ("each", group));
        Add(
            StepKind.Sum, node.Name, ("region", "weighted"),
            ("each", Text((long)shape.Heads / shape.KvHeads * shape.HeadDim)));
        Add(
            StepKind.Output, node.Name, ("source", "weighted"), ("sums", "row.sums"),
            ("valuemaxima", "row.valuemaxima"), ("out", "attention"));
        Add(StepKind.End, node.Name);

        Add(StepKind.For, $"{name}.cache", ("count", Text(shape.KvHeads)));
        foreach (string part in new[] { "keys", "values" })
        {
            Add(StepKind.StoreCache, $"{name}.cache", ("layer", layer), ("part", part), ("codes", "head.codes"));
            Add(StepKind.StoreScale, $"{name}.cache", ("layer", layer), ("part", part), ("scales", "head.scales"));
        }

        Add(StepKind.End, $"{name}.cache");
    }

    private void LowerSwiGlu(Node node)
    {
        Node[] linears = [Operand(node, 0), Operand(node, 1)];
        ProductPart[] parts = [.. linears.Select(l => WholePart(l, "ffn"))];
        const int PieceBlocks = ScratchPlan.GatePieceRows / Schedule.BlockRows;
        int pieces = Pieces("ffn", ScratchPlan.GatePieceRows);
        for (int piece = 0; piece < pieces; piece++)
        {
            // Two places take turns, so that the matrix engine goes on while the last piece is activated.
            string region = $"gateup.{piece % 2}";
            Product product = Define(
                $"{Prefix(node.Name)}.gateup.{piece}", MatrixOf(graph, linears[0]).Type.Columns, true, parts,
                piece * PieceBlocks, PieceBlocks);
            Multiply(product, "codes", "scales", region);
            Add(StepKind.SwiGlu, node.Name, ("product", product.Name), ("source", region), ("out", "hidden"));
        }
    }

    private void LowerHead(Node node)
    {
        const int PieceBlocks = ScratchPlan.HeadPieceRows / Schedule.BlockRows;
        int pieces = Pieces("vocabulary", ScratchPlan.HeadPieceRows);
        for (int piece = 0; piece < pieces; piece++)
        {
            string region = $"logits.{piece % 2}";
            Product product = Define(
                $"{node.Name}.{piece}", MatrixOf(graph, node).Type.Columns, false,
                [WholePart(node, "vocabulary")], piece * PieceBlocks, PieceBlocks);
            Multiply(product, "codes", "scales", region, ("wanted", "1"));
            Add(
                StepKind.StoreLogits, node.Name, ("product", product.Name), ("source", region),
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

    private void Multiply(Product product, string codes, string scales, string region, params (string, string)[] more) =>
        Add(
            StepKind.Linear, product.Name,
            [("product", product.Name), ("codes", codes), ("scales", scales), ("out", region), .. more]);

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

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void Add(StepKind kind, string name, params (string Key, string Value)[] arguments) =>
        _steps.Add(new Step(kind, name, [.. arguments.Select(a => new StepArgument(a.Key, a.Value))]));
}
