using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>A call that was right, with one or two things changed.</summary>
internal sealed class MutatedCall
{
    private static readonly long[] Integers = [0, 1, 2, 3, -1, -2, 7, 64, 1 << 20, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue];
    private readonly RandomNumbers _random;

    private MutatedCall(OnnxNode node, IReadOnlyList<OnnxTensor?> inputs, RandomNumbers random)
    {
        _random = random;
        OnnxTensor?[] changed = [.. inputs];
        Dictionary<string, OnnxAttribute> attributes = new(node.Attributes, StringComparer.Ordinal);
        for (int changes = random.Within(1, 2); changes > 0; changes--)
        {
            int place = random.Below(changed.Length + attributes.Count);
            if (place < changed.Length)
            {
                changed[place] = changed[place] is { } input ? Change(input) : null;
            }
            else
            {
                OnnxAttribute attribute = attributes.Values.OrderBy(a => a.Name, StringComparer.Ordinal).ElementAt(place - changed.Length);
                attributes[attribute.Name] = Change(attribute);
            }
        }

        Inputs = changed;
        Node = node with { Name = "node", Attributes = attributes, Inputs = [.. changed.Select((input, i) => input is null ? "" : $"in{i}")] };
    }

    public OnnxNode Node { get; }

    public IReadOnlyList<OnnxTensor?> Inputs { get; }

    /// <summary>The call of a number: the same in every run.</summary>
    public static MutatedCall Of(OnnxNode node, IReadOnlyList<OnnxTensor?> inputs, int number) => new(node, inputs, new RandomNumbers((ulong)number));

    private OnnxTensor? Change(OnnxTensor input)
    {
        long[] shape = [.. input.Shape];
        int kind = _random.Below(6);
        if (kind == 0)
        {
            return null;
        }

        if (kind == 1 && shape.Length > 0)
        {
            shape = shape[1..];
        }
        else if (kind == 2)
        {
            shape = [.. shape, _random.Within(0, 2)];
        }
        else if (kind <= 4 && shape.Length > 0)
        {
            shape[_random.Below(shape.Length)] = _random.Within(0, 5);
        }

        int count = (int)shape.Aggregate(1L, (a, b) => a * b);
        double[] old = TensorElements.ToDoubles(input);
        return kind < 5 && old.Length > 0
            ? TensorElements.Of(input.ElementType, [.. Enumerable.Range(0, count).Select(i => old[i % old.Length])], shape)
            : TensorElements.Of(input.ElementType, [.. Enumerable.Range(0, count).Select(_ => Integers[_random.Below(Integers.Length)])], shape);
    }

    private OnnxAttribute Change(OnnxAttribute attribute) => attribute switch
    {
        IntAttribute number => number with { Value = Integers[_random.Below(Integers.Length)] },
        FloatAttribute number => number with { Value = _random.Below(2) == 0 ? float.NaN : -number.Value },
        IntsAttribute numbers => numbers with { Values = [.. numbers.Values.Skip(_random.Below(2)), Integers[_random.Below(Integers.Length)]] },
        StringAttribute text => text with { Value = _random.Below(2) == 0 ? "x" : text.Value + "i" },
        _ => attribute,
    };
}
