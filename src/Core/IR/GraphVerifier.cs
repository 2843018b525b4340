using Flightc.Diagnostics;

namespace Flightc.IR;

/// <summary>What is always true of a <see cref="Graph"/>.</summary>
/// <remarks>
/// <list type="number">
/// <item>Names are unique among inputs, weights and nodes, begin with a letter, consist of at most 200
/// letters, digits and <c>_ . -</c>, and are none of the words <c>graph</c>, <c>input</c>, <c>weight</c>,
/// <c>return</c>.</item>
/// <item>The context is at least 1 token.</item>
/// <item>There is one input, of type i32[T].</item>
/// <item>A weight is f32, f16, bf16 or f64, of one or two constant dimensions from 1, at most 2^40 elements
/// together.</item>
/// <item>A weight's hash is empty or 64 lower-case hexadecimal digits.</item>
/// <item>A format stands at matrices only, with 2 … 8 bits, groups of 32, 64 or 128, and a known sparsity if any.</item>
/// <item>Operands of a node are defined before it.</item>
/// <item>The second operand of embedding, linear, positions and (quantising) norms is a weight, and so is the third where it is a bias; no other operand is.</item>
/// <item>Attributes: sizes are at least 1, epsilon is finite and not negative, theta is finite and at least 1, scales, caps, divisors and magnitudes are finite and above 0.</item>
/// <item>A node's type is the one its operator infers.</item>
/// <item>A linear over INT8 activations has a weight with a format.</item>
/// <item>Quantised operands of an attention were made with its head size, and values not as keys of 4 bits.</item>
/// <item>There is at least one output; outputs are f32[T, n] and defined by nodes.</item>
/// </list>
/// </remarks>
public static class GraphVerifier
{
    private const int LongestName = 200;
    private const long MostElements = 1L << 40;

    /// <summary>Every broken rule (FLC2001), in order of definition; empty for a valid graph.</summary>
    public static IReadOnlyList<Diagnostic> Verify(Graph graph)
    {
        DiagnosticBag bag = new();
        VerifyNames(graph, bag);
        if (graph.ContextLength < 1)
        {
            bag.Error(
                Codes.GraphInvalid, $"the context is {graph.ContextLength} tokens; at least 1 is wanted",
                graph.Name);
        }

        if (graph.Inputs.Count != 1 || !graph.Inputs[0].Type.Equals(new TensorType(ElementType.I32, Dim.Tokens)))
        {
            bag.Error(
                Codes.GraphInvalid,
                $"the inputs are '{string.Join(", ", graph.Inputs.Select(i => i.Type))}'; one of type i32[T] is wanted",
                graph.Name);
        }

        foreach (Weight weight in graph.Weights)
        {
            VerifyWeight(weight, bag);
        }

        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            VerifyNode(graph, i, bag);
        }

        VerifyOutputs(graph, bag);
        return bag.Items;
    }

    /// <summary>Throws everything <see cref="Verify"/> finds.</summary>
    /// <exception cref="CompilationException">The graph is not valid.</exception>
    public static void ThrowIfInvalid(Graph graph)
    {
        IReadOnlyList<Diagnostic> found = Verify(graph);
        if (found.Count > 0)
        {
            throw new CompilationException(found);
        }
    }

    /// <summary>Whether rule 1 allows the name, its uniqueness aside.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName
        && char.IsAsciiLetter(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')
        && name is not ("graph" or "input" or "weight" or "return");

    private static void VerifyNames(Graph graph, DiagnosticBag bag)
    {
        HashSet<string> known = new(StringComparer.Ordinal);
        IEnumerable<string> names =
            graph.Inputs.Select(i => i.Name).Concat(graph.Weights.Select(w => w.Name)).Concat(
                graph.Nodes.Select(n => n.Name));
        foreach (string name in names)
        {
            if (!IsName(name))
            {
                bag.Error(
                    Codes.GraphInvalid,
                    $"'{GraphTextLine.Shorten(name)}' is no name: a letter, then letters, digits and _ . - are wanted");
            }
            else if (!known.Add(name))
            {
                bag.Error(Codes.GraphInvalid, $"the name '{name}' is given twice", name);
            }
        }
    }

    private static void VerifyWeight(Weight weight, DiagnosticBag bag)
    {
        if (!IsFloat(weight.Type.Element))
        {
            bag.Error(Codes.GraphInvalid, $"a weight is f32, f16, bf16 or f64, not {weight.Type}", weight.Name);
        }

        IReadOnlyList<Dim> shape = weight.Type.Shape;
        // Divided, since a product could overflow.
        if (shape.Count is < 1 or > 2 || shape.Any(d => d.Size < 1)
            || shape[0].Size > MostElements / (shape.Count == 2 ? shape[1].Size : 1))
        {
            bag.Error(
                Codes.GraphInvalid,
                $"a weight has one or two dimensions from 1 and at most 2^40 elements, not {weight.Type}",
                weight.Name);
        }

        if (weight.Hash.Length != 0 && (weight.Hash.Length != 64 || !weight.Hash.All(char.IsAsciiHexDigitLower)))
        {
            bag.Error(
                Codes.GraphInvalid,
                $"a hash is 64 lower-case hexadecimal digits, not '{GraphTextLine.Shorten(weight.Hash)}'",
                weight.Name);
        }

        if (weight.Format is { } format
            && (shape.Count != 2 || !format.IsKnown))
        {
            bag.Error(
                Codes.GraphInvalid,
                $"a format is for matrices, {format.WantedInWords}; it is {format}",
                weight.Name);
        }
    }

    private static void VerifyNode(Graph graph, int index, DiagnosticBag bag)
    {
        Node node = graph.Nodes[index];
        int self = graph.ValueOfNode(index).Index;
        if (node.Operands.Any(o => o.Index < 0 || o.Index >= self))
        {
            bag.Error(
                Codes.GraphInvalid, $"{node.Op.Mnemonic} has an operand that is not defined before it",
                node.Name);
            return;
        }

        if (AttributeError(node.Op) is { } attribute)
        {
            bag.Error(Codes.GraphInvalid, $"{node.Op.Mnemonic}: {attribute}", node.Name);
            return;
        }

        TypeOrError inferred = node.Op.Infer([.. node.Operands.Select(graph.TypeOf)]);
        if (inferred.Type is null)
        {
            string operands = string.Join(", ", node.Operands.Select(graph.TypeOf));
            bag.Error(Codes.GraphInvalid, $"{node.Op.Mnemonic}: {inferred.Error}; found {operands}", node.Name);
            return;
        }

        if (!inferred.Type.Equals(node.Type))
        {
            bag.Error(
                Codes.GraphInvalid, $"{node.Op.Mnemonic}: the type is {inferred.Type}, not {node.Type}",
                node.Name);
        }

        VerifyOperandRoles(graph, node, bag);
    }

    private static void VerifyOperandRoles(Graph graph, Node node, DiagnosticBag bag)
    {
        bool hasWeight = TakesWeight(node.Op.Kind);
        for (int i = 0; i < node.Operands.Count; i++)
        {
            bool isWeight = graph.WeightOf(node.Operands[i]) is not null;
            if (isWeight != (hasWeight && (i == 1 || (i == 2 && node.Op is Linear { HasBias: true } or LayerNorm))))
            {
                string name = graph.NameOf(node.Operands[i]);
                bag.Error(
                    Codes.GraphInvalid,
                    $"{node.Op.Mnemonic}: '{name}' is {(isWeight ? "a weight where a value" : "no weight where a weight")} is wanted",
                    node.Name);
            }
        }

        if (node.Op is Linear && graph.TypeOf(node.Operands[0]).Element == ElementType.I8T
            && graph.WeightOf(node.Operands[1]) is { Format: null } weight)
        {
            bag.Error(
                Codes.GraphInvalid,
                $"{node.Op.Mnemonic}: '{weight.Name}' is a float where activations are INT8", node.Name);
        }

        if (node.Op is Attention attention)
        {
            // The scales of values become probabilities, which have no sign.
            if (node.Operands.Count == 3 && MadeBy(graph, node.Operands[2])?.Form == HeadForm.Keys4)
            {
                bag.Error(
                    Codes.GraphInvalid,
                    $"attention: the values '{graph.NameOf(node.Operands[2])}' were quantised as keys, whose scales can be negative",
                    node.Name);
            }

            foreach (ValueId operand in node.Operands)
            {
                if (MadeBy(graph, operand)?.HeadDim is { } other && other != attention.HeadDim)
                {
                    bag.Error(
                        Codes.GraphInvalid,
                        $"attention: '{graph.NameOf(operand)}' was quantised in heads of {other}, not {attention.HeadDim}",
                        node.Name);
                }
            }
        }
    }

    private static (int HeadDim, HeadForm Form)? MadeBy(Graph graph, ValueId heads) => graph.NodeOf(heads)?.Op switch
    {
        RotaryQuantize op => (op.HeadDim, op.Form),
        QuantizeHeads op => (op.HeadDim, op.Form),
        _ => null,
    };

    private static void VerifyOutputs(Graph graph, DiagnosticBag bag)
    {
        if (graph.Outputs.Count == 0)
        {
            bag.Error(Codes.GraphInvalid, "there is no output", graph.Name);
        }

        foreach (ValueId output in graph.Outputs)
        {
            if (output.Index < 0 || output.Index >= graph.ValueCount
                || graph.NodeOf(output) is not { Type: { Element: ElementType.F32, Shape: [{ IsTokens: true }, _] } })
            {
                bag.Error(
                    Codes.GraphInvalid,
                    "an output is a node's value of type f32[T,n]",
                    output.Index >= 0 && output.Index < graph.ValueCount ? graph.NameOf(output) : graph.Name);
            }
        }
    }

    private static string? AttributeError(Op op) => op switch
    {
        RmsNorm { Epsilon: var e } when !(e >= 0 && float.IsFinite(e)) => $"epsilon is {e}",
        RmsNormQuantize { Epsilon: var e } when !(e >= 0 && float.IsFinite(e)) => $"epsilon is {e}",
        RotaryEmbedding { HeadDim: < 1 } or RotaryQuantize { HeadDim: < 1 } or QuantizeHeads { HeadDim: < 1 } or Attention { HeadDim: < 1 }
            => "the head size is below 1",
        LayerNorm { Epsilon: var e } when !(e >= 0 && float.IsFinite(e)) => $"epsilon is {e}",
        RotaryEmbedding { Angles.Error: { } error } => error,
        RotaryQuantize { Angles.Error: { } error } => error,
        RmsNorm { HeadDim: < 0 } => "the head size is below 0",
        AddPositions { Offset: < 0 } => "the offset is below 0",
        Embedding { Scale: var s } when !(s > 0 && float.IsFinite(s)) => $"the scale is {s}",
        Attention { Scale: { } s } when !(s > 0 && float.IsFinite(s)) => $"the scale is {s}",
        Attention { Window: < 0 } => "the window is below 0",
        Attention { Cap: var c } when !(c >= 0 && float.IsFinite(c)) => $"the cap is {c}",
        SoftCap { Cap: var c } when !(c > 0 && float.IsFinite(c)) => $"the cap is {c}",
        _ => null,
    };

    private static bool TakesWeight(OpKind kind) => kind switch
    {
        OpKind.Embedding or OpKind.Linear or OpKind.RmsNorm or OpKind.RmsNormQuantize or OpKind.LayerNorm or OpKind.AddPositions => true,
        OpKind.RotaryEmbedding or OpKind.Attention or OpKind.Activation or OpKind.Mul or OpKind.Add or OpKind.GatedActivation or OpKind.SoftCap
            or OpKind.Quantize or OpKind.RotaryQuantize or OpKind.QuantizeHeads => false,
    };

    private static bool IsFloat(ElementType element) => element switch
    {
        ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.F64 => true,
        ElementType.I32 or ElementType.I8T or ElementType.I8H or ElementType.I8K
            or ElementType.I4K => false,
    };
}
