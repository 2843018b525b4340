using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>A node of an operator with inputs and attributes that are right by luck only.</summary>
internal sealed class RandomCall
{
    private static readonly long[] Integers = [0, 1, 2, 3, 4, -1, -2, -3, 8, 16, 1 << 20, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, long.MaxValue / 3];
    private static readonly string[] Words =
        ["none", "tanh", "add", "mul", "max", "constant", "reflect", "edge", "wrap", "circular", "silu", "delta", "gated", "linear", "ij,jk->ik", "...i,...i", "ii->i", "NONE", "x"];

    private readonly RandomNumbers _random;
    private readonly List<OnnxTensor?> _inputs = [];

    private RandomCall(OperatorDefinition definition, RandomNumbers random)
    {
        _random = random;
        int version = definition.Domain.Length > 0 ? 1 : Math.Max(definition.Versions[0], random.Within(7, 28));
        Dictionary<string, OnnxElementType> types = [];
        long[] shape = Shape();
        foreach (ParameterDefinition parameter in definition.InputsAt(version))
        {
            for (int copies = parameter.IsVariadic ? random.Within(1, 3) : 1; copies > 0; copies--)
            {
                if (!types.TryGetValue(parameter.Type, out OnnxElementType type))
                {
                    OnnxElementType[] allowed = [.. definition.Types[parameter.Type].Members()];
                    types[parameter.Type] = type = allowed[random.Below(allowed.Length)];
                }

                shape = random.Below(3) > 0 ? shape : Shape();
                _inputs.Add(parameter.IsOptional && random.Below(2) == 0 ? null : Tensor(type, shape));
            }
        }

        Dictionary<string, OnnxAttribute> attributes = new(StringComparer.Ordinal);
        foreach (AttributeDefinition attribute in definition.Attributes.Where(a => a.Holds(version) && (a.IsRequired || random.Below(2) == 0)))
        {
            if (Attribute(attribute) is { } value)
            {
                attributes[attribute.Name] = value;
            }
        }

        int outputs = definition.Outputs[^1].IsVariadic ? random.Within(1, 3) : definition.Outputs.Count;
        Node = new OnnxNode(
            "node", definition.Domain, definition.Name, version, [.. _inputs.Select((input, i) => input is null ? "" : $"in{i}")],
            [.. Enumerable.Range(0, outputs).Select(i => $"out{i}")], attributes);
    }

    public OnnxNode Node { get; }

    public IReadOnlyList<OnnxTensor?> Inputs => _inputs;

    /// <summary>The call of a number: the same in every run.</summary>
    public static RandomCall Of(OperatorDefinition definition, int number) => new(definition, new RandomNumbers((ulong)number * 1_000_003 + (ulong)definition.Name.Length));

    // Shapes without elements may have extents whose product nothing can hold.
    private long[] Shape() => _random.Below(40) == 0
        ? [0, 1L << _random.Below(63), 1L << _random.Below(63)]
        : [.. Enumerable.Range(0, _random.Below(5)).Select(_ => (long)_random.Within(0, 4))];

    private OnnxTensor Tensor(OnnxElementType type, long[] shape)
    {
        int count = (int)shape.Aggregate(1L, (a, b) => a * b);
        return ElementTypes.IsFloat(type)
            ? TensorElements.Of(type, [.. Enumerable.Range(0, count).Select(_ => _random.Below(20) == 0 ? double.NaN : 4.0 * _random.Float())], shape)
            : TensorElements.Of(type, [.. Enumerable.Range(0, count).Select(_ => _random.Below(8) == 0 ? Integer() : _random.Within(-1, 3))], shape);
    }

    private long Integer() => Integers[_random.Below(Integers.Length)];

    private OnnxAttribute? Attribute(AttributeDefinition attribute) => attribute.Kind switch
    {
        AttributeKind.Int => new IntAttribute(attribute.Name, attribute.Name == "to" ? _random.Below(28) : Integer()),
        AttributeKind.Float => new FloatAttribute(attribute.Name, _random.Float()),
        AttributeKind.Text => new StringAttribute(attribute.Name, Words[_random.Below(Words.Length)]),
        AttributeKind.Ints => new IntsAttribute(attribute.Name, [.. Enumerable.Range(0, _random.Below(4)).Select(_ => Integer())]),
        AttributeKind.Floats => new FloatsAttribute(attribute.Name, _random.Floats(_random.Below(4))),
        AttributeKind.Texts => new StringsAttribute(attribute.Name, ["x"]),
        AttributeKind.Tensor => new TensorAttribute(attribute.Name, Tensor(OnnxElementType.Float, Shape())),
        AttributeKind.Graph or AttributeKind.Other => null,
    };
}
