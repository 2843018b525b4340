using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <content>The residual stream: embedding, positions, norms, and what is added.</content>
internal sealed partial class Lowering
{
    private const string Hidden = "hidden";
    private const string StreamRegion = "residual";
    private const string BranchRegion = "branch";
    private const string NormedRegion = "normed";

    // Whether every core has all of the rows, and not just its own part of whole rows up to date.
    private bool _streamIsWhole;
    private bool _branchIsWhole;

    // Results of products are elements of the residual stream.
    private (string, string)[] StreamPlace => HasWholeRows ? Over(Hidden) : None;

    private (string, string)[] StreamRows => HasWholeRows ? Whole(_shape.Hidden) : Over(Hidden);

    private void LowerEmbedding(Node node, Embedding embedding)
    {
        string table = Graph.NameOf(node.Operands[1]);
        Add(StepKind.LoadIndexed, node.Name, ("table", table), ("out", At("rows")));
        for (int i = 0; i < decoder.Tables.Rotary.Count; i++)
        {
            Add(StepKind.LoadPositions, RotaryTable(i), ("table", RotaryTable(i)), ("out", At(PositionsRegion(i))));
        }

        if (decoder.Tables.Positions is { } positions)
        {
            Add(
                StepKind.LoadPositions, positions.Name,
                [("table", positions.Name), .. HasWholeRows ? None : Over(Hidden), ("out", At("learned"))]);
        }

        LoadVectors(0);

        // Where rows are whole, every core makes them so, and the first norm needs none of the others.
        Add(
            StepKind.Embed, node.Name,
            [("table", table), ("source", At("rows")), .. HasWholeRows ? None : Over(Hidden),
            .. embedding.Scale == 1 ? None : [("scale", Text(embedding.Scale))], ("out", At(StreamRegion))]);
        _streamIsWhole = HasWholeRows;
    }

    private void LowerPositions(Node node) => Add(
        StepKind.Add, node.Name, [("source", At("learned")), .. StreamRows, ("out", At(StreamRegion))]);

    // x → codes in one go.
    private void LowerNormCodes(Node node, RmsNormQuantize norm)
    {
        (string codes, string scales) = TakeCodes(node);
        string weight = At(decoder.Vectors.RegionOf(node));
        (string, string)[] wanted = IsForHead(node) ? [("wanted", "1")] : None;
        (string, string)[] rows = StreamRows;
        GatherStream(node);
        Add(
            StepKind.Measure, node.Name,
            [("source", At(StreamRegion)), .. rows, ("weight", weight), ("maxima", At("maxima")), ("sums", At("sums")), .. wanted]);
        if (!HasWholeRows)
        {
            Add(StepKind.Maximum, node.Name, [("region", At("maxima")), .. wanted]);
            Add(StepKind.Gather, node.Name, [("region", At("sums")), ("over", Hidden), ("per", "64"), .. wanted]);
        }

        Add(
            StepKind.Quantize, node.Name,
            [("source", At(StreamRegion)), .. rows, ("weight", weight), ("maxima", At("maxima")), ("sums", At("sums")),
            ("epsilon", Text(norm.Epsilon)), ("codes", At(codes)), ("scales", At(scales)), .. wanted]);
        if (!HasWholeRows)
        {
            Add(StepKind.Gather, node.Name, [("region", At(codes)), ("over", Hidden), .. wanted]);
        }
    }

    // Values of whole rows: beside the stream, in its place, or in that of the branch.
    private void LowerNorm(Node node, StreamKind kind)
    {
        (string source, string result) = kind switch
        {
            StreamKind.Read => (StreamRegion, NormedRegion),
            StreamKind.Update => (StreamRegion, StreamRegion),
            _ => (BranchRegion, BranchRegion),
        };
        if (source == StreamRegion)
        {
            GatherStream(node);
        }
        else if (!_branchIsWhole)
        {
            Add(StepKind.Gather, node.Name, ("region", At(BranchRegion)), ("over", Hidden));
            _branchIsWhole = true;
        }

        bool isWanted = kind == StreamKind.Read && _roles.UsersOf(node).All(IsForHead);
        (float epsilon, bool hasMean) = node.Op is LayerNorm layer ? (layer.Epsilon, true) : (((RmsNorm)node.Op).Epsilon, false);
        Add(
            StepKind.Norm, node.Name,
            [("source", At(source)), .. Whole(_shape.Hidden), ("weight", At(decoder.Vectors.RegionOf(node))),
            .. decoder.Vectors.BiasRegionOf(node) is { } bias ? [("bias", At(bias))] : None, ("epsilon", Text(epsilon)),
            .. hasMean ? [("mean", "1")] : None, ("out", At(result)), .. isWanted ? [("wanted", "1")] : None]);
    }

    // Codes of what a norm has made, or of the stream itself.
    private void LowerStreamCodes(Node node, StreamKind kind)
    {
        (string codes, string scales) = TakeCodes(node);
        bool ofStream = kind == StreamKind.Read;
        if (ofStream)
        {
            GatherStream(node);
        }

        // What a norm has made for the head has rows of wanted tokens alone.
        (string, string)[] wanted = !IsForHead(node) ? None : [("wanted", ofStream ? "1" : "2")];
        (string, string)[] rows = ofStream ? StreamRows : Whole(_shape.Hidden);
        string source = At(ofStream ? StreamRegion : NormedRegion);
        bool isSlice = ofStream && !HasWholeRows;
        Add(StepKind.Measure, node.Name, [("source", source), .. rows, ("maxima", At("maxima")), .. wanted]);
        if (isSlice)
        {
            Add(StepKind.Maximum, node.Name, [("region", At("maxima")), .. wanted]);
        }

        Add(
            StepKind.Quantize, node.Name,
            [("source", source), .. rows, ("maxima", At("maxima")), ("codes", At(codes)), ("scales", At(scales)), .. wanted]);
        if (isSlice)
        {
            Add(StepKind.Gather, node.Name, [("region", At(codes)), ("over", Hidden), .. wanted]);
        }
    }

    // A product behind attention or behind the feed-forward layer.
    private void LowerBranch(Node node, StreamKind kind)
    {
        bool isAttention = _roles.RoleOf(node) == LinearRole.AttentionOutput;
        string region = kind == StreamKind.Update ? StreamRegion : BranchRegion;
        Product product = WholeProduct($"{LayerName}.{(isAttention ? "attn.o" : "mlp.down")}", node, Hidden);
        bool isBiased = _roles.BiasOf(node) is not null;
        Multiply(
            product, node.Operands[0], region, StreamPlace,
            [.. node.Op is Linear { HasResidual: true } ? [("add", "1")] : None, .. isBiased ? [("biased", "1")] : None]);
        if (isBiased)
        {
            Add(
                StepKind.Bias, node.Name,
                [("product", product.Name), ("part", "0"), ("source", At(decoder.Vectors.RegionOf(node))), .. StreamPlace, ("out", At(region))]);
        }

        (_streamIsWhole, _branchIsWhole) = kind == StreamKind.Update ? (false, _branchIsWhole) : (_streamIsWhole, false);
    }

    // Whole rows are added to whole rows, on every core; otherwise every core adds its part.
    private void LowerJoin(Node node)
    {
        bool isWhole = HasWholeRows && _branchIsWhole;
        if (isWhole)
        {
            GatherStream(node);
        }

        Add(
            StepKind.Add, node.Name,
            [("source", At(BranchRegion)), .. isWhole ? Whole(_shape.Hidden) : Over(Hidden), ("out", At(StreamRegion))]);
        _streamIsWhole = isWhole;
    }

    private void GatherStream(Node node)
    {
        if (HasWholeRows && !_streamIsWhole)
        {
            Add(StepKind.Gather, node.Name, ("region", At(StreamRegion)), ("over", Hidden));
            _streamIsWhole = true;
        }
    }

    // Codes for gate and up have a place of their own where they have to outlive attention.
    private (string Codes, string Scales) TakeCodes(Node node) => _codes[node.Name] =
        ModelShape.IsForGateBehindAttention(_roles, node) ? ("mlp.codes", "mlp.scales") : ("codes", "scales");

    private bool IsForHead(Node codes) => Graph.NodeOf(_roles.Head.Operands[0]) is { } read && ReferenceEquals(read, codes);
}
