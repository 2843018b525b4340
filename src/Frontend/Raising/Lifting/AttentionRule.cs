using Flightc.Numerics;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>MatMul(Softmax(mask(MatMul(q, kᵀ))), v)</c> ⇒ attention, with everything between the projections and here.</summary>
/// <remarks>
/// Three regions lead here: from the projection of queries, from that of keys and their past, and from that of values and theirs; a fourth from scores to softmax. What each does
/// is found by execution (<see cref="HeadFinder"/>, <see cref="ScoreFinder"/>): rotary embedding in any layout, repeated heads, scales wherever they were put, masks, windows, caps.
/// </remarks>
internal sealed class AttentionRule : ILiftRule
{
    private const double ScaleTolerance = 1e-4;
    private const double HalfTolerance = 1e-3;
    private const double LeastOfHalf = 1.0 / (1 << 24);

    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "MatMul" } || SoftmaxOf(node.Inputs[0], lifter.Graph) is not { } softmax || !lifter.Graph.IsData(node.Inputs[1]))
        {
            return false;
        }

        Region? scores = Region.To(lifter.Graph, softmax.Inputs[0], name => IsProduct(name, lifter.Graph), Parts.IsOfScores);
        if (scores is not { Sources.Count: 1 })
        {
            return lifter.Refuse(softmax, "what softmax takes is no product of queries and keys that was scaled, capped or masked");
        }

        OnnxNode product = lifter.Graph.ProducerOf(scores.Sources[0])!;
        AttentionFinding? finding = lifter.Expected is null
            ? Find(node, softmax, product, scores, lifter)
            : Confirm(softmax, product, scores, lifter);
        if (finding is null)
        {
            return lifter.Refuse(softmax, "attention cannot be raised");
        }

        lifter.Attentions.Add(finding);
        return Set(node, finding.Term, lifter);
    }

    // The same attention, for lengths at which it would cost much to find it.
    private static AttentionFinding? Confirm(OnnxNode softmax, OnnxNode product, Region scoreRegion, Lifter lifter)
    {
        if (lifter.Attentions.Count >= lifter.Expected!.Count || Scores(scoreRegion, lifter, softmax) is not { } scores)
        {
            return null;
        }

        AttentionFinding expected = lifter.Expected[lifter.Attentions.Count];
        Region? region = Region.To(lifter.Graph, product.Inputs[0], n => lifter.ViewOf(n) is not null, Parts.IsOfHeads);
        if (region is null || !new HeadFinder(region, lifter, isTransposed: false).Agrees(expected))
        {
            lifter.Refuse(softmax, $"queries are turned by other angles for {lifter.Graph.Lengths} than for few");
            return null;
        }

        if (Math.Abs((scores.Scale / expected.Scores.Scale) - 1) > ScaleTolerance || scores.Cap != expected.Scores.Cap
            || (expected.Scores.Window != 0 && expected.Scores.Window != scores.Window))
        {
            lifter.Refuse(softmax, $"scores are scaled, capped or masked otherwise for {lifter.Graph.Lengths} than for few");
            return null;
        }

        return expected with { Scores = scores };
    }

    private static bool Set(OnnxNode node, AttentionTerm term, Lifter lifter)
    {
        // [..., heads, tokens, size]
        long[] shape = lifter.Graph.TypeOf(node.Outputs[0]).Shape;
        int tokens = lifter.Graph.Lengths.Tokens, size = term.HeadSize;
        string key = $"attended {string.Join(',', shape)} by {size}";
        if (!lifter.Findings.TryGetValue(key, out object? index))
        {
            lifter.Findings[key] = index = new ViewIndex(Onnx.Evaluation.TensorElements.Of(Places(tokens, term.Columns, size), shape));
        }

        lifter.Set(node.Outputs[0], new View(term, (ViewIndex)index!));
        return true;
    }

    private static long[] Places(int tokens, int columns, int size)
    {
        long[] indices = new long[(long)tokens * columns];
        for (int i = 0; i < indices.Length; i++)
        {
            int head = i / (tokens * size), t = i / size % tokens;
            indices[i] = ((long)t * columns) + (head * size) + (i % size);
        }

        return indices;
    }

    private static AttentionFinding? Find(OnnxNode node, OnnxNode softmax, OnnxNode product, Region scoreRegion, Lifter lifter)
    {
        if (Scores(scoreRegion, lifter, softmax) is not { } scores
            || Heads(product.Inputs[0], false, "queries", lifter, softmax) is not { } q || Heads(product.Inputs[1], true, "keys", lifter, softmax) is not { } k
            || Heads(node.Inputs[1], false, "values", lifter, softmax) is not { } v)
        {
            return null;
        }

        long[] lead = [.. lifter.Graph.TypeOf(product.Outputs[0]).Shape.SkipLast(2)];
        int heads = (int)lead.Aggregate(1L, (n, d) => n * d);
        int[] qHeads = Broadcast.Lead(q.SourceOf, LeadOf(product.Inputs[0], lifter), lead);
        int[] kHeads = Broadcast.Lead(k.SourceOf, LeadOf(product.Inputs[1], lifter), lead);
        int[] vHeads = Broadcast.Lead(v.SourceOf, LeadOf(node.Inputs[1], lifter), lead);
        if (q.Size != k.Size || k.Size != v.Size || q.Heads != heads || qHeads.Distinct().Count() != heads || k.Heads != v.Heads || heads % k.Heads != 0
            || Grouped(kHeads, k.Heads) is not { } kOrder || Grouped(vHeads, v.Heads) is not { } vOrder)
        {
            lifter.Refuse(softmax, "heads of queries, keys and values do not belong together as in grouped attention");
            return null;
        }

        if (v.Pairs.Count > 0 || Math.Abs(v.KeptScale - 1) > ScaleTolerance)
        {
            lifter.Refuse(softmax, "values are turned or scaled before attention");
            return null;
        }

        double tolerance = 3 * ProbeNumbers.ToleranceOf(lifter.Graph.TypeOf(product.Outputs[0]).ElementType);
        if (HeadLayout.Of(q, k, tolerance) is not { } layout)
        {
            lifter.Refuse(softmax, "queries and keys are not turned by the same angles");
            return null;
        }

        (RotaryAngles? angles, double factor) = Angles(layout, scores.Scale, q.Size, tolerance, lifter.Graph.Lengths.Total);
        Term? queries = ColumnSelection.Of(q.Term, Columns(qHeads, layout.QueryOrder, q.Size)), keys = ColumnSelection.Of(k.Term, Columns(kOrder, layout.KeyOrder, k.Size));
        Term? values = ColumnSelection.Of(v.Term, Columns(vOrder, [.. v.Kept.OrderBy(e => e.Out).Select(e => e.In)], v.Size));
        if (queries is null || keys is null || values is null)
        {
            lifter.Refuse(softmax, "elements of heads stand in an order that weights cannot follow");
            return null;
        }

        AttentionTerm term = new(queries, keys, values, heads, q.Size, angles, ScaleFit.Find(factor, q.Size, tolerance / 4), scores.Window, (float)scores.Cap);
        return new AttentionFinding(term, q, layout, scores);
    }

    private static ScoreMap? Scores(Region region, Lifter lifter, OnnxNode softmax)
    {
        string key = "scores " + region.KeyOf(name => lifter.Graph.TypeOf(name).ToString());
        if (!lifter.Findings.TryGetValue(key, out object? found))
        {
            lifter.Findings[key] = found = ScoreFinder.Find(region, lifter.Graph.Lengths);
        }

        (ScoreMap? map, string problem) = ((ScoreMap?, string))found!;
        if (map is null)
        {
            lifter.Refuse(softmax, problem, "only causal attention without biases can be compiled");
        }

        return map;
    }

    private static HeadMap? Heads(string name, bool isTransposed, string what, Lifter lifter, OnnxNode softmax)
    {
        Region? region = Region.To(lifter.Graph, name, n => lifter.ViewOf(n) is not null, Parts.IsOfHeads);
        if (region is null)
        {
            lifter.Refuse(softmax, $"between the projection of {what} and attention is more than reordering, scaling and turning");
            return null;
        }

        (HeadMap? map, string problem) = new HeadFinder(region, lifter, isTransposed).Find();
        if (map is null)
        {
            lifter.Refuse(softmax, $"{what}: {problem}");
        }

        return map;
    }

    // The scale of scores, and that of heads which is no magnitude of the rotation.
    private static (RotaryAngles? Angles, double Factor) Angles(HeadLayout layout, double scale, int size, double tolerance, int positions)
    {
        if (layout.Frequencies.Count == 0)
        {
            return (null, scale * layout.QueryKept * layout.KeyKept);
        }

        // Where something is kept, it tells scale and magnitude apart. Otherwise the usual scale of scores does.
        double both = layout.QueryTurned * layout.KeyTurned, usual = 1 / Math.Sqrt(size);
        double kept = layout.HasKept ? layout.QueryKept * layout.KeyKept
            : Math.Abs((layout.QueryTurned / layout.KeyTurned) - 1) < tolerance && Math.Abs((scale / usual) - 1) < tolerance ? 1 : both;
        double magnitude = Math.Sqrt(both / kept);
        magnitude = Math.Abs(magnitude - 1) < tolerance ? 1 : (float)magnitude;
        
        // Binary32 is exact to some digits more than angles; half precision is not, and says nothing below its least number.
        bool isHalf = tolerance > HalfTolerance;
        double least = isHalf ? LeastOfHalf / Math.Max(positions - 1, 1) : 0;
        return (RotaryFit.Find(layout.Frequencies, tolerance / (isHalf ? 18 : 45), least, magnitude), scale * kept);
    }

    private static int[] Columns(int[] heads, IReadOnlyList<int> order, int size)
    {
        int[] columns = new int[heads.Length * size];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = (heads[i / size] * size) + order[i % size];
        }

        return columns;
    }

    // Consecutive query heads share a head; which one each group has, or null.
    private static int[]? Grouped(int[] sourceOf, int heads)
    {
        int group = sourceOf.Length / heads;
        int[] order = [.. Enumerable.Range(0, heads).Select(h => sourceOf[h * group])];
        return order.Distinct().Count() == heads && sourceOf.Select((s, h) => s == order[h / group]).All(same => same) ? order : null;
    }

    private static long[] LeadOf(string name, Lifter lifter) => [.. lifter.Graph.TypeOf(name).Shape.SkipLast(2)];

    private static bool IsProduct(string name, Specialisation graph) =>
        graph.ProducerOf(name) is { Domain: "", OpType: "MatMul" } product && graph.IsData(product.Inputs[0]) && graph.IsData(product.Inputs[1]);

    // Casts, dropout and guards against rows without any key change no probability.
    private static OnnxNode? SoftmaxOf(string name, Specialisation graph)
    {
        while (graph.ProducerOf(name) is { Domain: "" } node)
        {
            switch (node.OpType)
            {
                case "Softmax":
                    int rank = graph.TypeOf(node.Inputs[0]).Rank;
                    long axis = (node.Attributes.GetValueOrDefault("axis") as IntAttribute)?.Value ?? (node.Version < 13 ? 1 : -1);
                    return axis == -1 || axis == rank - 1 ? node : null;
                case "Cast" or "Identity" or "Dropout":
                    name = node.Inputs[0];
                    break;
                case "Where" when graph.ProducerOf(node.Inputs[0]) is { OpType: "IsNaN" } guard && graph.Resolve(guard.Inputs[0]) == graph.Resolve(node.Inputs[2]):
                    name = node.Inputs[2];
                    break;
                default:
                    return null;
            }
        }

        return null;
    }
}
