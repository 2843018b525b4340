using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Reference;

/// <summary>
/// Executes a float <see cref="Graph"/>, fused or not, in binary32: what a quantised model is compared with.
/// </summary>
/// <remarks>
/// Sums are those of docs/numerics.md §1.1, and no result depends on how many threads there are, on how a sequence
/// is cut into runs, or on the platform. A weight's <see cref="Weight.Format"/> is not applied: values are those of the checkpoint. Holds all weights
/// as binary32. Safe for several threads, with a sequence each.
/// </remarks>
public sealed class FloatExecutor
{
    private readonly Graph _graph;
    private readonly FloatOperators _operators;
    private readonly float[]?[] _weights;
    private readonly int[] _uses;

    /// <summary>Reads the weights of a graph.</summary>
    /// <param name="graph">Valid, with f32 activations only.</param>
    /// <param name="weights">Their data.</param>
    /// <param name="threads">The most threads to use; all cores by default.</param>
    /// <exception cref="CompilationException">The graph is quantised (FLC2001); a weight cannot be read, is
    /// not finite or is too large to be held (FLC9003).</exception>
    public FloatExecutor(Graph graph, IWeights weights, int? threads = null)
    {
        if (graph.Nodes.FirstOrDefault(n => n.Type.Element != ElementType.F32) is { } quantised)
        {
            throw new CompilationException(
                Codes.GraphInvalid,
                $"a float graph is wanted; this is {quantised.Type}, a result of {quantised.Op.Mnemonic}",
                quantised.Name);
        }

        _graph = graph;
        _operators = new FloatOperators(threads ?? Environment.ProcessorCount);
        _uses = graph.CountUses();
        _weights = [.. graph.Weights.Select(w => Read(w, weights))];
    }

    private FloatExecutor(FloatExecutor other, Graph graph) =>
        (_graph, _operators, _uses, _weights) = (graph, other._operators, other._uses, other._weights);

    /// <summary>The same model under other attention masks; the weights are shared.</summary>
    /// <param name="masks">In the place of those of the graph; null for none.</param>
    /// <exception cref="CompilationException">They are for another model (FLC2001).</exception>
    public FloatExecutor Under(AttentionMasks? masks)
    {
        Node[] plain = [.. _graph.Nodes.Select(n => n.Op is Attention { Mask: not null } op ? n with { Op = op with { Mask = null } } : n)];
        Graph graph = new(_graph.Name, _graph.ContextLength, _graph.Inputs, _graph.Weights, plain, _graph.Outputs);
        return new FloatExecutor(this, masks?.ApplyTo(graph) ?? graph);
    }

    /// <summary>The rows of the embedding: token ids are below it.</summary>
    public int VocabularySize => checked((int)_graph.Nodes
        .Where(n => n.Op is Embedding).Select(n => _graph.TypeOf(n.Operands[1]).Shape[0].Size).DefaultIfEmpty(int.MaxValue).Min());

    /// <summary>An empty sequence.</summary>
    public FloatSequence NewSequence() => new(_graph);

    /// <summary>Continues a sequence.</summary>
    /// <param name="sequence">One of this executor's.</param>
    /// <param name="ids">At least one token.</param>
    /// <param name="observer">Is shown the rows of every node, in order of the graph.</param>
    /// <param name="isPrompt">Whether the tokens belong to a prompt, to which attention masks apply, and were not
    /// generated.</param>
    /// <returns>The first output, usually logits: a row per token.</returns>
    /// <exception cref="CompilationException">A token is outside the vocabulary (FLC5002) or the sequence
    /// would exceed the context (FLC5001), and nothing was executed; or a logit is not finite (FLC5003), and
    /// the sequence has to be reset.</exception>
    public float[][] Run(FloatSequence sequence, ReadOnlySpan<int> ids, IActivationObserver? observer = null, bool isPrompt = true)
    {
        Check(sequence, ids);
        float[]?[] values = new float[_graph.ValueCount][];
        int[] left = [.. _uses];
        for (int i = 0; i < _graph.Nodes.Count; i++)
        {
            Node node = _graph.Nodes[i];
            float[] result = Execute(node, i, sequence, ids, values, isPrompt);
            values[_graph.ValueOfNode(i).Index] = result;
            Show(observer, node, sequence.Position, result);
            foreach (ValueId operand in node.Operands)
            {
                // Long chunks of large models do not fit with every activation kept.
                if (--left[operand.Index] == 0)
                {
                    values[operand.Index] = null;
                }
            }
        }

        float[][] logits = Rows(values[_graph.Outputs[0].Index]!, ids.Length);
        if (logits.Any(row => !row.All(float.IsFinite)))
        {
            throw new CompilationException(
                Codes.ResultNotFinite, "a logit is not finite", _graph.NameOf(_graph.Outputs[0]));
        }

        sequence.Position += ids.Length;
        return logits;
    }

    private float[] Execute(Node node, int index, FloatSequence sequence, ReadOnlySpan<int> ids, float[]?[] values, bool isPrompt)
    {
        return node.Op.Kind switch
        {
            OpKind.Embedding => FloatOperators.Embedding(ids, WeightAt(1), (int)node.Type.Columns, ((Embedding)node.Op).Scale),
            OpKind.RmsNorm => FloatOperators.RmsNorm(Value(0), WeightAt(1), ((RmsNorm)node.Op).Epsilon),
            OpKind.Linear => _operators.Linear(
                Value(0), WeightAt(1), (int)_graph.TypeOf(node.Operands[0]).Columns,
                node.Op is Linear { HasBias: true } ? WeightAt(2) : null,
                node.Op is Linear { ResidualOperand: > 0 and var residual } ? Value(residual) : null),
            OpKind.RotaryEmbedding =>
                _operators.Rotary(Value(0), (RotaryEmbedding)node.Op, (int)node.Type.Columns, sequence.Position),
            OpKind.Attention => Attend((Attention)node.Op),
            OpKind.Activation => FloatOperators.Activate(((Activation)node.Op).Function, Value(0)),
            OpKind.Mul => FloatOperators.Mul(Value(0), Value(1)),
            OpKind.Add => FloatOperators.Add(Value(0), Value(1)),
            OpKind.GatedActivation => FloatOperators.Gate(((GatedActivation)node.Op).Function, Value(0), Value(1)),
            OpKind.LayerNorm => FloatOperators.LayerNorm(
                Value(0), WeightAt(1), node.Op is LayerNorm { HasBias: true } ? WeightAt(2) : null, ((LayerNorm)node.Op).Epsilon),
            OpKind.AddPositions => FloatOperators.AddPositions(
                Value(0), WeightAt(1), (int)node.Type.Columns, sequence.Position + ((AddPositions)node.Op).Offset),
            OpKind.SoftCap => FloatOperators.SoftCap(Value(0), ((SoftCap)node.Op).Cap),
            OpKind.Quantize or OpKind.RmsNormQuantize or OpKind.RotaryQuantize or OpKind.QuantizeHeads =>
                throw new InvalidOperationException($"{node.Name} is quantised"),
        };

        float[] Value(int operand) => values[node.Operands[operand].Index]!;
        float[] WeightAt(int operand) => _weights[node.Operands[operand].Index - _graph.Inputs.Count]!;

        float[] Attend(Attention op)
        {
            FloatCache cache = sequence.CacheOf(index);
            cache.Append(Value(1), Value(2));
            return _operators.Attention(Value(0), isPrompt ? op : op with { Mask = null }, cache);
        }
    }

    private void Check(FloatSequence sequence, ReadOnlySpan<int> ids)
    {
        if (!ReferenceEquals(sequence.Graph, _graph) || ids.IsEmpty)
        {
            throw new ArgumentException("a sequence of this executor and at least one token are wanted");
        }

        int vocabulary = VocabularySize;
        foreach (int id in ids)
        {
            if (id < 0 || id >= vocabulary)
            {
                throw new CompilationException(
                    Codes.TokenOutOfRange, $"the token id is {id}; 0 to {vocabulary - 1} are known",
                    _graph.Name);
            }
        }

        if (ids.Length > _graph.ContextLength - sequence.Position)
        {
            throw new CompilationException(
                Codes.ContextExceeded,
                $"{sequence.Position} and {ids.Length} more tokens do not fit the context of {_graph.ContextLength}",
                _graph.Name);
        }
    }

    private static float[] Read(Weight weight, IWeights weights)
    {
        long count = weight.Type.Shape.Aggregate(1L, (product, d) => product * d.Size);
        if (count > Array.MaxLength)
        {
            throw new CompilationException(
                Codes.OutOfMemory,
                $"the reference holds at most {Array.MaxLength} elements of a weight, not {count}",
                weight.Name);
        }

        float[] data = new float[count];
        weights.Read(weight.Name, 0, data);
        return data;
    }

    private static void Show(IActivationObserver? observer, Node node, int firstPosition, float[] result)
    {
        int columns = (int)node.Type.Columns;
        for (int t = 0; observer is not null && t < result.Length / columns; t++)
        {
            observer.OnValues(node.Name, firstPosition + t, 0, result.AsSpan(t * columns, columns));
        }
    }

    private static float[][] Rows(float[] values, int rows)
    {
        int columns = values.Length / rows;
        return [.. Enumerable.Range(0, rows).Select(t => values.AsSpan(t * columns, columns).ToArray())];
    }
}
