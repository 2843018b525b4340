using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <content>Attention: projections, the KV cache, scores to output, and the codes of the output.</content>
internal sealed partial class Lowering
{
    /// <summary>Name of the table of attention masks.</summary>
    public const string MaskTable = "attention.masks";

    // Masks hide keys from the tokens of a prompt, which only prefill has.
    private bool IsMasked => shape.HasMasks && _phase == "prefill";

    private string MaskRegion => $"mask.{_layer % ScratchPlan.MaskPlaces}";

    private (string, string)[] Mask => IsMasked ? [("mask", At(MaskRegion))] : None;

    private bool IsLocal => mapping.Attention == AttentionDivision.Heads;

    private (string, string)[] EveryHead => IsLocal ? Over(Schedule.HeadsPartition) : [("count", Text(shape.KvHeads))];

    private void LowerAttention(Node node)
    {
        string name = Prefix(node.Name);
        LowerProjections(node, name);
        if (!IsLocal)
        {
            Add(
                StepKind.Gather, $"{name}.heads", ("region", At("head.codes")), ("over", Schedule.HeadsPartition),
                ("each", Text(shape.HeadDim)));
            Add(StepKind.Gather, $"{name}.heads", ("region", At("head.scales")), ("over", Schedule.HeadsPartition));
        }

        LoadNorms(_norms + 1);
        if (IsMasked)
        {
            Add(StepKind.LoadMask, node.Name, ("table", MaskTable), ("layer", Text(_layer)), ("out", At(MaskRegion)));
        }

        if (_choices.Loops == 2)
        {
            // All heads are scored before the first one's values are weighed, so that no score waits for a softmax, and
            // one load brings the keys of all of them, another the values.
            LoadCache(node, "keys", [("all", "1")]);
            Add(StepKind.For, node.Name, EveryHead);
            LowerScores(node);
            Add(StepKind.End, node.Name);
            LoadCache(node, "values", [("all", "1")]);
            Add(StepKind.For, node.Name, EveryHead);
            LowerValues(node);
        }
        else
        {
            Add(StepKind.For, node.Name, EveryHead);
            LoadCache(node, "keys", None);
            LowerScores(node);
            LoadCache(node, "values", None);
            LowerValues(node);
        }

        if (ScratchPlan.HasOutputOfAllHeads(shape, partitions, mapping, _phase))
        {
            Add(StepKind.End, node.Name);
            LowerOutput(node, [("all", "1")]);
        }
        else
        {
            LowerOutput(node, None);
            Add(StepKind.End, node.Name);
        }

        LowerCache(name);
    }

    private void LowerProjections(Node node, string name)
    {
        Node[] heads = [Operand(node, 0), Operand(node, 1), Operand(node, 2)];
        long[] counts = [shape.Heads, shape.KvHeads, shape.KvHeads];
        ProductPart[] parts = new ProductPart[3];
        for (int i = 0, first = 0; i < 3; first += (int)counts[i++])
        {
            Node linear = Operand(heads[i], 0);
            Weight weight = MatrixOf(graph, linear);
            parts[i] = IsLocal
                ? new ProductPart(
                    linear.Name, weight.Name, Schedule.HeadsPartition, 0, shape.KvHeads,
                    (i == 0 ? shape.Group : 1) * shape.HeadDim, weight.Format!.Value)
                : new ProductPart(
                    linear.Name, weight.Name, Schedule.HeadsPartition, first, counts[i], shape.HeadDim,
                    weight.Format!.Value);
        }

        Multiply(
            Define($"{name}.qkv", MatrixOf(graph, Operand(heads[0], 0)).Type.Columns, false, parts), "codes",
            "scales", "projections");
        for (int i = 0; i < 3; i++)
        {
            bool rotates = heads[i].Op is RotaryQuantize;
            Add(
                StepKind.Heads, heads[i].Name,
                [("product", $"{name}.qkv"), ("part", Text(i)), ("source", At("projections")), ("over", Schedule.HeadsPartition),
                .. rotates ? [("table", At("positions"))] : None,
                ("cache", Text((int)(i == 0 ? HeadForm.Query : HeadForms.OfCache(shape.CacheBits, isKeys: i == 1)))),
                ("codes", At("head.codes")), ("scales", At("head.scales"))]);
        }
    }

    private void LoadCache(Node node, string part, (string, string)[] more) =>
        Add(StepKind.LoadCache, node.Name, [("layer", Text(_layer)), ("part", part), .. more, .. Mask]);

    private void LowerScores(Node node)
    {
        Add(
            StepKind.Score, node.Name,
            [("layer", Text(_layer)), ("codes", At("head.codes")),
            ("scales", At("head.scales")), ("out", At("scores")), ("values", At("slot.values")),
            ("maxima", At("row.maxima")), ("valuemaxima", At("row.valuemaxima")), .. Mask]);
        if (!IsLocal)
        {
            Add(StepKind.Maximum, node.Name, ("region", At("row.maxima")), ("each", Text(shape.Group)));
            Add(StepKind.Maximum, node.Name, ("region", At("row.valuemaxima")), ("each", Text(shape.Group)));
        }

        Add(
            StepKind.Softmax, node.Name, ("source", At("scores")), ("values", At("slot.values")),
            ("maxima", At("row.maxima")), ("valuemaxima", At("row.valuemaxima")), ("out", At("probabilities")),
            ("sums", At("row.sums")));
    }

    private void LowerValues(Node node)
    {
        Add(
            StepKind.Value, node.Name,
            [("layer", Text(_layer)), ("source", At("probabilities")), ("codes", At("head.codes")), ("out", At("weighted")), .. Mask]);
        if (!IsLocal)
        {
            Add(StepKind.Sum, node.Name, ("region", At("row.sums")), ("each", Text(shape.Group)));
            Add(
                StepKind.Sum, node.Name, ("region", At("weighted")),
                ("each", Text((long)shape.Group * shape.HeadDim)));
        }
    }

    private void LowerOutput(Node node, (string, string)[] more) => Add(
        StepKind.Output, node.Name,
        [("source", At("weighted")), ("sums", At("row.sums")), ("valuemaxima", At("row.valuemaxima")),
        .. IsLocal ? PlaceOver(Schedule.HeadsPartition) : None, ("out", At("attention")), .. more]);

    private void LowerCache(string name)
    {
        foreach (string part in new[] { "keys", "values" })
        {
            Add(
                StepKind.StoreCache, $"{name}.cache", ("layer", Text(_layer)), ("part", part),
                ("codes", At("head.codes")));
            Add(
                StepKind.StoreScale, $"{name}.cache", ("layer", Text(_layer)), ("part", part),
                ("scales", At("head.scales")));
        }
    }

    // Divided by keys, every core has the whole output already; divided by heads, it has that of its own.
    private void LowerAttentionCodes(Node node)
    {
        (string, string)[] each = [("each", Text((long)shape.Group * shape.HeadDim))];
        bool isSlice = IsLocal && !GathersValues;
        (string, string)[] rows = isSlice ? [.. Over(Schedule.HeadsPartition), .. each] : Whole(node.Type.Columns);
        if (IsLocal && GathersValues)
        {
            Add(StepKind.Gather, node.Name, [("region", At("attention")), .. Over(Schedule.HeadsPartition), .. each]);
        }

        Add(
            StepKind.Measure, node.Name,
            [("of", Operand(node, 0).Name), ("source", At("attention")), .. rows, ("maxima", At("maxima"))]);
        if (isSlice)
        {
            Add(StepKind.Maximum, node.Name, ("region", At("maxima")));
        }

        Add(
            StepKind.Quantize, node.Name,
            [("source", At("attention")), .. rows, ("maxima", At("maxima")), ("codes", At("codes")), ("scales", At("scales"))]);
        if (isSlice)
        {
            Add(StepKind.Gather, node.Name, [("region", At("codes")), .. Over(Schedule.HeadsPartition), .. each]);
        }
    }
}
