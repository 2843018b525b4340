using System.Globalization;
using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Turns the nodes of a quantised Graph, one after another, into the steps of a phase.</summary>
/// <remarks>
/// The residual stream, attention, the feed-forward layer, the head and the vectors of all have files of their own. Nodes come in the
/// order of <see cref="ResidualStream"/>.
/// </remarks>
internal sealed partial class Lowering(
    DecoderPlan decoder, IReadOnlyList<Table> tables, IReadOnlyList<Partition> partitions, Mapping mapping)
{
    private readonly ModelShape _shape = decoder.Shape;
    private readonly GraphRoles _roles = decoder.Roles;
    private readonly List<Product> _products = [];
    private readonly HashSet<string> _productNames = [];
    private readonly Dictionary<string, (string Codes, string Scales)> _codes = new(StringComparer.Ordinal);
    private List<Step> _steps = [];
    private int _layer;
    private string _phase = "";
    private PhaseMapping _choices;

    /// <summary>All products, in the order in which a phase consumes them; the same for every phase.</summary>
    public IReadOnlyList<Product> Products => _products;

    private Graph Graph => decoder.Graph;

    private bool GathersValues => _choices.Gather == GatherForm.Values;

    // Rows of the residual stream are whole on every core.
    private bool HasWholeRows => ScratchPlan.HasWholeRows(_shape, mapping, _phase);

    private string LayerName => $"layers.{Text(_layer)}";

    /// <summary>Name of a table of cosines and sines.</summary>
    /// <param name="number">0 for the first.</param>
    public static string RotaryTable(int number) => Numbered("rotary", number);

    /// <summary>Name of the region of its rows, without the phase.</summary>
    /// <param name="number">0 for the first.</param>
    public static string PositionsRegion(int number) => Numbered("positions", number);

    /// <summary>The steps of one phase.</summary>
    public IReadOnlyList<Step> Lower(string phase)
    {
        (_steps, _layer, _phase, _choices) = ([], 0, phase, mapping.Of(phase));
        (_streamIsWhole, _branchIsWhole) = (false, false);
        _codes.Clear();
        foreach (StreamStep step in decoder.Order)
        {
            _layer = step.Layer;
            Lower(step.Node, step.Kind);
        }

        Add(StepKind.Finish, "finish");
        return _steps;
    }

    private void Lower(Node node, StreamKind kind)
    {
        switch (node.Op)
        {
            case Embedding embedding:
                LowerEmbedding(node, embedding);
                break;
            case AddPositions:
                LowerPositions(node);
                break;
            case RmsNormQuantize norm:
                LowerNormCodes(node, norm);
                break;
            case LayerNorm or RmsNorm { HeadDim: 0 }:
                LowerNorm(node, kind);
                break;
            case IR.Add:
                LowerJoin(node);
                break;
            case Attention:
                LowerAttention(node);
                break;
            case Activation or GatedActivation:
                LowerFeedForward(node);
                break;
            case Quantize when kind == StreamKind.Read || _roles.Computed(node, 0).Op is LayerNorm or RmsNorm:
                LowerStreamCodes(node, kind);
                break;
            case Quantize when _roles.Computed(node, 0).Op is Attention:
                LowerAttentionCodes(node);
                break;
            case Quantize when _roles.Computed(node, 0).Op is Activation or GatedActivation:
                LowerHiddenCodes(node);
                break;
            case Linear when _roles.RoleOf(node) is LinearRole.AttentionOutput or LinearRole.Down:
                LowerBranch(node, kind);
                break;
            case Linear when _roles.RoleOf(node) == LinearRole.Head:
                LowerHead(node);
                break;
            case Linear or RmsNorm or RotaryQuantize or QuantizeHeads:
                // Lowered with the attention or the feed-forward layer that uses it.
                break;
            case SoftCap when ReferenceEquals(node, _roles.Cap):
                // Lowered with the head.
                break;
            default:
                throw GraphRoles.Unknown(node, "no instruction does this here");
        }
    }

    private Product WholeProduct(string name, Node linear, string partition) =>
        Define(name, _roles.MatrixOf(linear).Type.Columns, false, [WholePart(linear, partition)]);

    private ProductPart WholePart(Node linear, string partition)
    {
        Weight weight = _roles.MatrixOf(linear);
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
        Product product, ValueId activations, string region, (string, string)[]? place = null, (string, string)[]? more = null)
    {
        (string codes, string scales) = CodesOf(activations);
        Add(
            StepKind.Linear, product.Name,
            [("product", product.Name), ("codes", At(codes)), ("scales", At(scales)), .. place ?? None, ("out", At(region)), .. more ?? None]);
    }

    private (string Codes, string Scales) CodesOf(ValueId activations) => _codes[Graph.NameOf(activations)];

    private int Pieces(string partition, int rows) =>
        (int)((partitions.Single(p => p.Name == partition).Largest + rows - 1) / rows);

    private static (string Key, string Value)[] None => [];

    private static (string, string)[] Over(string partition) => [("over", partition)];

    private static (string, string)[] Whole(long count) => [("count", Text(count))];

    // Results stand in their place of whole rows where these are gathered.
    private (string, string)[] PlaceOver(string partition) => GathersValues ? Over(partition) : None;

    // Every phase has regions of its own.
    private string At(string region) => $"{_phase}.{region}";

    private static string Numbered(string name, int number) => number == 0 ? name : $"{name}.{Text(number)}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(float number) => number.ToString("R", CultureInfo.InvariantCulture);

    private void Add(StepKind kind, string name, params (string Key, string Value)[] arguments) =>
        _steps.Add(new Step(kind, name, [.. arguments.Select(a => new StepArgument(a.Key, a.Value))]));
}
