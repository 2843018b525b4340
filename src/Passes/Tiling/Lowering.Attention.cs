using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <content>Attention: projections, the KV cache, scores to output, and the codes of the output.</content>
internal sealed partial class Lowering
{
    /// <summary>Name of the table of attention masks.</summary>
    public const string MaskTable = "attention.masks";

    // Masks hide keys from the tokens of a prompt, which only prefill has.
    private bool IsMasked => _shape.HasMasks && _phase == "prefill";

    private string MaskRegion => $"mask.{_layer % ScratchPlan.MaskPlaces}";

    private (string, string)[] Mask => IsMasked ? [("mask", At(MaskRegion))] : None;

    private bool IsLocal => mapping.Attention == AttentionDivision.Heads;

    private (string, string)[] EveryHead => IsLocal ? Over(Schedule.HeadsPartition) : [("count", Text(_shape.KvHeads))];

    private void LowerAttention(Node node)
    {
        string name = $"{LayerName}.attn";
        LowerProjections(_roles.Attentions.First(a => ReferenceEquals(a.Node, node)), name);
        if (!IsLocal)
        {
            Add(
                StepKind.Gather, $"{name}.heads", ("region", At("head.codes")), ("over", Schedule.HeadsPartition),
                ("each", Text(_shape.HeadDim)));
            Add(StepKind.Gather, $"{name}.heads", ("region", At("head.scales")), ("over", Schedule.HeadsPartition));
        }

        LoadVectors(_layer + 1);
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

        if (ScratchPlan.HasOutputOfAllHeads(_shape, partitions, mapping, _phase))
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

    private void LowerProjections(AttentionRole attention, string name)
    {
        long[] counts = [_shape.Heads, _shape.KvHeads, _shape.KvHeads];
        ProductPart[] parts = new ProductPart[3];
        int biased = 0;
        for (int i = 0, first = 0; i < 3; first += (int)counts[i++])
        {
            Node linear = attention.Heads[i].Projection;
            Weight weight = _roles.MatrixOf(linear);
            biased += _roles.BiasOf(linear) is null ? 0 : 1 << i;
            parts[i] = IsLocal
                ? new ProductPart(
                    linear.Name, weight.Name, Schedule.HeadsPartition, 0, _shape.KvHeads,
                    (i == 0 ? _shape.Group : 1) * _shape.HeadDim, weight.Format!.Value)
                : new ProductPart(
                    linear.Name, weight.Name, Schedule.HeadsPartition, first, counts[i], _shape.HeadDim,
                    weight.Format!.Value);
        }

        Product product = Define($"{name}.qkv", _roles.MatrixOf(attention.Heads[0].Projection).Type.Columns, false, parts);
        Multiply(product, attention.Codes, "projections", None, biased == 0 ? None : [("biased", Text(biased))]);
        for (int i = 0; i < 3; i++)
        {
            LowerHeads(attention.Heads[i], product.Name, i);
        }
    }

    // Heads stay where the product put them until codes are made of them.
    private void LowerHeads(HeadRole heads, string product, int number)
    {
        (string, string)[] part = [("product", product), ("part", Text(number)), ("source", At("projections"))];
        if (_roles.BiasOf(heads.Projection) is not null)
        {
            Add(
                StepKind.Bias, heads.Projection.Name,
                [.. part[..2], ("source", At(decoder.Vectors.RegionOf(heads.Projection))), ("out", At("projections"))]);
        }

        if (heads.Norm is { Op: RmsNorm norm })
        {
            Add(
                StepKind.Norm, heads.Norm.Name,
                [.. part, ("weight", At(decoder.Vectors.RegionOf(heads.Norm))), ("epsilon", Text(norm.Epsilon)), ("out", At("projections"))]);
        }

        int table = heads.Rotary is { } rotates ? decoder.Tables.Rotary.ToList().IndexOf(rotates.Angles) : -1;
        Add(
            StepKind.Heads, heads.Codes.Name,
            [.. part, ("over", Schedule.HeadsPartition), .. table < 0 ? None : [("table", At(PositionsRegion(table)))],
            .. heads.Rotary is { } rotary && rotary.Angles.Dim != _shape.HeadDim ? [("rotated", Text(rotary.Angles.Dim))] : None,
            ("cache", Text((int)(number == 0 ? HeadForm.Query : HeadForms.OfCache(_shape.CacheBits, isKeys: number == 1)))),
            ("codes", At("head.codes")), ("scales", At("head.scales"))]);
    }

    private void LoadCache(Node node, string part, (string, string)[] more) =>
        Add(StepKind.LoadCache, node.Name, [("layer", Text(_layer)), ("part", part), .. more, .. Mask]);

    private void LowerScores(Node node)
    {
        Attention op = (Attention)node.Op;

        // A window that no sequence is longer than hides nothing.
        bool hasWindow = op.Window > 0 && op.Window < Graph.ContextLength;
        Add(
            StepKind.Score, node.Name,
            [("layer", Text(_layer)), ("codes", At("head.codes")),
            ("scales", At("head.scales")), .. op.Scale is { } scale ? [("factor", Text(scale))] : None,
            .. hasWindow ? [("window", Text(op.Window))] : None, ("out", At("scores")), ("values", At("slot.values")),
            ("maxima", At("row.maxima")), ("valuemaxima", At("row.valuemaxima")), .. Mask]);
        if (!IsLocal)
        {
            Add(StepKind.Maximum, node.Name, ("region", At("row.maxima")), ("each", Text(_shape.Group)));
            Add(StepKind.Maximum, node.Name, ("region", At("row.valuemaxima")), ("each", Text(_shape.Group)));
        }

        Add(
            StepKind.Softmax, node.Name,
            [("source", At("scores")), ("values", At("slot.values")), ("maxima", At("row.maxima")), ("valuemaxima", At("row.valuemaxima")),
            .. op.Cap > 0 ? [("cap", Text(op.Cap))] : None, ("out", At("probabilities")), ("sums", At("row.sums"))]);
    }

    private void LowerValues(Node node)
    {
        Add(
            StepKind.Value, node.Name,
            [("layer", Text(_layer)), ("source", At("probabilities")), ("codes", At("head.codes")), ("out", At("weighted")), .. Mask]);
        if (!IsLocal)
        {
            Add(StepKind.Sum, node.Name, ("region", At("row.sums")), ("each", Text(_shape.Group)));
            Add(
                StepKind.Sum, node.Name, ("region", At("weighted")),
                ("each", Text((long)_shape.Group * _shape.HeadDim)));
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
        _codes[node.Name] = ("codes", "scales");
        (string, string)[] each = [("each", Text((long)_shape.Group * _shape.HeadDim))];
        bool isSlice = IsLocal && !GathersValues;
        (string, string)[] rows = isSlice ? [.. Over(Schedule.HeadsPartition), .. each] : Whole(node.Type.Columns);
        if (IsLocal && GathersValues)
        {
            Add(StepKind.Gather, node.Name, [("region", At("attention")), .. Over(Schedule.HeadsPartition), .. each]);
        }

        Add(
            StepKind.Measure, node.Name,
            [("of", _roles.Computed(node, 0).Name), ("source", At("attention")), .. rows, ("maxima", At("maxima"))]);
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
