using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Reference;

/// <summary>
/// Executes a quantised <see cref="Graph"/> by docs/numerics.md, one token after another and one operator
/// after another. It is the judge of every faster executor, and knows nothing of schedules, programs or
/// packed weights.
/// </summary>
public sealed class QuantizedInterpreter
{
    private readonly Graph _graph;
    private readonly Dictionary<int, QuantizedMatrix> _matrices = [];
    // By value: norms, biases, tables of positions.
    private readonly Dictionary<int, float[]> _floats = [];

    // By node: what attention has seen. The position of a token is the number of tokens before it.
    private readonly Dictionary<string, (List<TokenValue> Keys, List<TokenValue> Values)> _caches = [];

    // The rotary rows of the tokens of one run.
    private readonly Dictionary<RotaryAngles, float[]> _rotaryRows = [];

    private int _position;

    /// <summary>Takes the weights of a graph.</summary>
    /// <param name="graph">A graph after all quantising passes.</param>
    /// <param name="weights">Norms, biases and positions.</param>
    /// <param name="quantized">All matrices.</param>
    /// <exception cref="CompilationException">The graph is not quantised throughout, or a matrix is not the
    /// one that it describes (FLC2001); a weight cannot be read.</exception>
    public QuantizedInterpreter(Graph graph, IWeights weights, IQuantizedWeights quantized)
    {
        _graph = graph;
        if (graph.Inputs.Count != 1 || graph.Outputs.Count != 1
            || graph.TypeOf(graph.Outputs[0]).Element != ElementType.F32)
        {
            throw Invalid(graph.Name, $"takes token ids and gives logits in f32; found {graph.Inputs.Count} inputs, "
                + $"{graph.Outputs.Count} outputs");
        }

        foreach (Node node in graph.Nodes)
        {
            Prepare(node, weights, quantized);
        }
    }

    /// <summary>The number of tokens that the next one attends to besides itself.</summary>
    public int Position => _position;

    /// <summary>Forgets all tokens.</summary>
    public void Reset()
    {
        _position = 0;
        foreach ((List<TokenValue> keys, List<TokenValue> values) in _caches.Values)
        {
            keys.Clear();
            values.Clear();
        }
    }

    /// <summary>
    /// Continues the sequence by a token whose keys and values are given instead of computed: to test long
    /// contexts.
    /// </summary>
    /// <param name="attention">Name of the attention's node; the position advances with the last one.</param>
    /// <param name="keys">(kvHeads · d) codes and a scale per head.</param>
    /// <param name="values">The same for values.</param>
    internal void AppendToCache(string attention, TokenValue keys, TokenValue values)
    {
        _caches[attention].Keys.Add(keys);
        _caches[attention].Values.Add(values);
        _position = _caches.Values.Min(c => c.Keys.Count);
    }

    /// <summary>
    /// Continues the sequence by some tokens. The result does not depend on how a sequence is cut into runs.
    /// </summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="observer">Is shown every node's result for every token; may be null.</param>
    /// <param name="allLogits">Whether the logits of all tokens are wanted, or only those of the last.</param>
    /// <param name="isPrompt">Whether the tokens belong to a prompt, to which attention masks apply, and were not
    /// generated.</param>
    /// <returns>Logits: a row per token of <paramref name="ids"/>, or only the last of them; none for no
    /// tokens.</returns>
    /// <exception cref="CompilationException">A token id is outside the vocabulary (FLC5002) or the context
    /// is full (FLC5001), and nothing has been executed; or a logit is not finite (FLC5003), and only
    /// <see cref="Reset"/> makes sense.</exception>
    public float[][] Run(
        ReadOnlySpan<int> ids, IActivationObserver? observer = null, bool allLogits = true, bool isPrompt = true)
    {
        Check(ids);
        foreach (RotaryAngles angles in _rotaryRows.Keys.ToArray())
        {
            float[] rows = new float[ids.Length * angles.Dim];
            RotaryTable.Fill(angles, _position, ids.Length, rows);
            _rotaryRows[angles] = rows;
        }

        List<float[]> logits = [];
        for (int i = 0; i < ids.Length; i++)
        {
            float[] row = Step(ids[i], i, observer, isPrompt);
            if (allLogits || i == ids.Length - 1)
            {
                logits.Add(row);
            }
        }

        return [.. logits];
    }

    private float[] Step(int id, int row, IActivationObserver? observer, bool isPrompt)
    {
        TokenValue?[] values = new TokenValue?[_graph.ValueCount];
        for (int i = 0; i < _graph.Nodes.Count; i++)
        {
            Node node = _graph.Nodes[i];
            TokenValue result = Execute(node, id, row, values, isPrompt);
            values[_graph.ValueOfNode(i).Index] = result;
            if (node.Type.Element == ElementType.F32)
            {
                observer?.OnValues(node.Name, _position, 0, result.Floats);
            }
            else
            {
                observer?.OnCodes(node.Name, _position, 0, result.Codes);
                observer?.OnScales(node.Name, _position, 0, result.Scales);
            }
        }

        float[] logits = values[_graph.Outputs[0].Index]!.Floats;
        int bad = Array.FindIndex(logits, x => !float.IsFinite(x));
        if (bad >= 0)
        {
            throw new CompilationException(
                Codes.ResultNotFinite, $"the logit of token id {bad} at position {_position} is {logits[bad]}",
                _graph.NameOf(_graph.Outputs[0]));
        }

        _position++;
        return logits;
    }

    private TokenValue Execute(Node node, int id, int row, TokenValue?[] values, bool isPrompt)
    {
        return node.Op switch
        {
            Embedding op => QuantizedOperators.Embedding(id, Matrix(1), op.Scale),
            AddPositions op => QuantizedOperators.AddPositions(Floats(0), Vector(1), _position + op.Offset),
            RmsNormQuantize op =>
                QuantizedOperators.RmsNormQuantize(Floats(0), Vector(1), op.Epsilon),
            RmsNorm op => QuantizedOperators.RmsNorm(Floats(0), Vector(1), op.Epsilon),
            LayerNorm op => QuantizedOperators.LayerNorm(Floats(0), Vector(1), op.HasBias ? Vector(2) : null, op.Epsilon),
            Linear op => QuantizedOperators.Linear(
                Operand(0), Matrix(1), op.HasBias ? Vector(2) : null, op.HasResidual ? Floats(op.ResidualOperand) : null),
            RotaryQuantize op => QuantizedOperators.QuantizeHeads(
                QuantizedOperators.Rotate(Floats(0), op.HeadDim, RotaryRow(op.Angles)), op.HeadDim, op.Form),
            QuantizeHeads op => QuantizedOperators.QuantizeHeads(Floats(0), op.HeadDim, op.Form),
            Attention op => Attend(op),
            Activation op => QuantizedOperators.Activation(op.Function, Floats(0)),
            GatedActivation op => QuantizedOperators.GatedActivation(op.Function, Floats(0), Floats(1)),
            SoftCap op => QuantizedOperators.SoftCap(Floats(0), op.Cap),
            Add => QuantizedOperators.Add(Floats(0), Floats(1)),
            Quantize => QuantizedOperators.Quantize(Floats(0)),
            _ => throw new InvalidOperationException(node.Op.Mnemonic),
        };

        TokenValue Operand(int index) => values[node.Operands[index].Index]!;

        float[] Floats(int index) => Operand(index).Floats;

        QuantizedMatrix Matrix(int index) => _matrices[node.Operands[index].Index];

        float[] Vector(int index) => _floats[node.Operands[index].Index];

        ReadOnlySpan<float> RotaryRow(RotaryAngles angles) => _rotaryRows[angles].AsSpan(row * angles.Dim, angles.Dim);

        TokenValue Attend(Attention op)
        {
            (List<TokenValue> keys, List<TokenValue> cached) = _caches[node.Name];
            keys.Add(Operand(1));
            cached.Add(Operand(2));
            return QuantizedOperators.Attention(isPrompt ? op : op with { Mask = null }, Operand(0), keys, cached);
        }
    }

    private void Prepare(Node node, IWeights weights, IQuantizedWeights quantized)
    {
        bool isQuantized = node.Op.Kind switch
        {
            OpKind.Embedding => Take(node, quantized),
            OpKind.Linear => TypeOf(0) == ElementType.I8T && Take(node, quantized) && (node.Op is not Linear { HasBias: true } || TakeFloats(node, 2, weights)),
            OpKind.RmsNormQuantize or OpKind.RmsNorm or OpKind.AddPositions => TakeFloats(node, 1, weights),
            OpKind.LayerNorm => TakeFloats(node, 1, weights) && (node.Op is not LayerNorm { HasBias: true } || TakeFloats(node, 2, weights)),
            OpKind.RotaryQuantize => TakeRotary((RotaryQuantize)node.Op),
            OpKind.Attention => TypeOf(0) == ElementType.I8H && _caches.TryAdd(node.Name, ([], [])),
            OpKind.QuantizeHeads or OpKind.Quantize or OpKind.GatedActivation or OpKind.Activation or OpKind.SoftCap or OpKind.Add => true,
            OpKind.RotaryEmbedding or OpKind.Mul => false,
        };
        if (!isQuantized)
        {
            throw Invalid(
                node.Name,
                $"'{node.Op.Mnemonic}' on {_graph.TypeOf(node.Operands[0])} has no place in a quantised graph");
        }

        ElementType TypeOf(int index) => _graph.TypeOf(node.Operands[index]).Element;
    }

    private bool Take(Node node, IQuantizedWeights quantized)
    {
        ValueId operand = node.Operands[1];
        if (_graph.WeightOf(operand) is not { Format: { } format } weight)
        {
            throw Invalid(node.Name, $"'{_graph.NameOf(operand)}' has to be a weight with a format for its codes");
        }

        if (!_matrices.ContainsKey(operand.Index))
        {
            QuantizedMatrix matrix = quantized.Get(weight.Name);
            if (weight.Type.Shape[0].Size != matrix.Rows || weight.Type.Shape[1].Size != matrix.Columns
                || matrix.Format != format)
            {
                throw Invalid(
                    weight.Name,
                    $"the codes are {matrix.Format}[{matrix.Rows},{matrix.Columns}]; the graph wants "
                    + $"{format}[{string.Join(',', weight.Type.Shape)}]");
            }

            _matrices.Add(operand.Index, matrix);
        }

        return true;
    }

    private bool TakeFloats(Node node, int index, IWeights weights)
    {
        ValueId operand = node.Operands[index];
        if (_graph.WeightOf(operand) is not { } weight)
        {
            throw Invalid(node.Name, $"'{_graph.NameOf(operand)}' has to be a weight");
        }

        float[] values = new float[weight.Type.Shape.Aggregate(1L, (product, d) => checked(product * d.Size))];
        weights.Read(weight.Name, 0, values);
        _floats[operand.Index] = values;
        return true;
    }

    private bool TakeRotary(RotaryQuantize op)
    {
        _rotaryRows[op.Angles] = [];
        return true;
    }

    private void Check(ReadOnlySpan<int> ids)
    {
        if (ids.Length > _graph.ContextLength - _position)
        {
            throw new CompilationException(
                Codes.ContextExceeded,
                $"{_position} tokens and {ids.Length} more are longer than the context of {_graph.ContextLength}",
                _graph.Name);
        }

        foreach (Node node in _graph.Nodes.Where(n => n.Op is Embedding))
        {
            int vocabulary = _matrices[node.Operands[1].Index].Rows;
            foreach (int id in ids)
            {
                if ((uint)id >= (uint)vocabulary)
                {
                    throw new CompilationException(
                        Codes.TokenOutOfRange,
                        $"token id {id} is outside the vocabulary, 0 … {vocabulary - 1}", node.Name);
                }
            }
        }
    }

    private static CompilationException Invalid(string location, string message) =>
        new(Codes.GraphInvalid, message, location);
}
