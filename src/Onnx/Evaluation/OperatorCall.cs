using System.Numerics;
using Flightc.Diagnostics;

namespace Flightc.Onnx.Evaluation;

/// <summary>One node with what is known of its inputs: their types, and their values where those are known.</summary>
internal sealed class OperatorCall(
    OnnxNode node, OperatorDefinition definition, IReadOnlyList<OnnxTensorType?> types, IReadOnlyList<OnnxTensor?> values, long elementLimit)
{
    // With the default limit 2^34 products, some ten seconds.
    private const int MostProductsPerElement = 64;

    /// <summary>The node.</summary>
    public OnnxNode Node { get; } = node;

    /// <summary>The opset its model imports.</summary>
    public int Version => Node.Version;

    /// <summary>How many inputs it names, left-out ones in between included.</summary>
    public int InputCount => types.Count;

    /// <summary>How many outputs it names.</summary>
    public int OutputCount => Node.Outputs.Count;

    /// <summary>Whether the input is there.</summary>
    public bool Has(int input) => input < types.Count && types[input] is not null;

    /// <summary>Whether the output is wanted.</summary>
    public bool Wants(int output) => output < Node.Outputs.Count && Node.Outputs[output].Length > 0;

    /// <summary>The type of an input that is there.</summary>
    public OnnxTensorType Type(int input) => Has(input) ? types[input]! : throw Invalid($"input {InputName(input)} is missing");

    /// <summary>The shape of an input that is there.</summary>
    public long[] Shape(int input) => Type(input).Shape;

    /// <summary>Whether the value of an input is known.</summary>
    public bool Knows(int input) => input < values.Count && values[input] is not null;

    /// <summary>The value of an input that is there.</summary>
    public OnnxTensor Value(int input) => Knows(input)
        ? values[input]!
        : throw new CompilationException(
            Codes.OnnxOperatorUnsupported,
            $"the shape of the result depends on the value of input {InputName(input)}, which is known only when the model runs; wanted a constant {Context()}",
            Node.Name, "export the model with static shapes");

    /// <summary>All elements of an input in one of the types of <see cref="Lane"/>.</summary>
    public ReadOnlySpan<T> Read<T>(int input)
        where T : unmanaged, INumber<T>
    {
        OnnxTensor value = Value(input);
        return value.ElementCount <= elementLimit
            ? TensorElements.Read<T>(value)
            : throw Invalid($"input {InputName(input)} has {value.ElementCount} elements; at most {elementLimit} are evaluated");
    }

    /// <summary>The elements of an input that holds integers, such as axes or a shape.</summary>
    public long[] Longs(int input) => Read<long>(input).ToArray();

    /// <summary>The elements of an optional input that holds integers, or null.</summary>
    public long[]? OptionalLongs(int input) => Has(input) ? Longs(input) : null;

    /// <summary>The only element of an input that holds integers.</summary>
    public long Long(int input) => Type(input).ElementCount == 1
        ? Longs(input)[0]
        : throw Invalid($"input {InputName(input)} has the shape {Shapes.Text(Shape(input))}; wanted one element");

    /// <summary>The only element of an input that holds numbers.</summary>
    public double Number(int input) => Type(input).ElementCount == 1
        ? Read<double>(input)[0]
        : throw Invalid($"input {InputName(input)} has the shape {Shapes.Text(Shape(input))}; wanted one element");

    /// <summary>An integer attribute, or its default.</summary>
    public long Int(string name) => OptionalInt(name) ?? throw Missing(name);

    /// <summary>An integer attribute, its default, or null where it has none.</summary>
    public long? OptionalInt(string name) => Attribute<IntAttribute>(name)?.Value ?? (long?)Default(name);

    /// <summary>An element type that we hold, which an integer attribute names; <see cref="OnnxElementType.Undefined"/> where it is 0 or absent.</summary>
    public OnnxElementType ElementType(string name)
    {
        long number = OptionalInt(name) ?? 0;
        OnnxElementType type = number is >= 0 and <= int.MaxValue ? (OnnxElementType)number : throw Invalid($"{name} is {number}, which is no element type");
        return type == OnnxElementType.Undefined || type.IsSupported() ? type : throw UnsupportedType.Of(type, Node.Name);
    }

    /// <summary>Whether an integer attribute is other than 0.</summary>
    public bool Flag(string name) => Int(name) != 0;

    /// <summary>A number, or its default.</summary>
    public float Float(string name) => OptionalFloat(name) ?? throw Missing(name);

    /// <summary>A number, its default, or null where it has none.</summary>
    public float? OptionalFloat(string name) => Attribute<FloatAttribute>(name)?.Value ?? (float?)Default(name);

    /// <summary>A text, or its default.</summary>
    public string Text(string name) => Attribute<StringAttribute>(name)?.Value ?? (string?)Default(name) ?? throw Missing(name);

    /// <summary>Integers, or null.</summary>
    public long[]? Ints(string name) => Attribute<IntsAttribute>(name)?.Values.ToArray();

    /// <summary>A tensor, or null.</summary>
    public OnnxTensor? Tensor(string name) => Attribute<TensorAttribute>(name)?.Value;

    /// <summary>An axis counted from the front, from one that may count from the back.</summary>
    public int Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= rank)
        {
            throw Invalid($"axis {axis} is outside {-rank}…{rank - 1}");
        }

        return (int)(axis < 0 ? axis + rank : axis);
    }

    /// <summary>Distinct axes counted from the front, in the order given.</summary>
    public int[] Axes(ReadOnlySpan<long> axes, int rank)
    {
        int[] result = new int[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            result[i] = Axis(axes[i], rank);
        }

        return result.Distinct().Count() == result.Length ? result : throw Invalid($"axes {Shapes.Text(axes)} name an axis twice");
    }

    /// <summary>A place along an axis counted from the front, from one that may count from the back.</summary>
    public long Index(long index, long extent, string what)
    {
        if (index < -extent || index >= extent)
        {
            throw Invalid($"index {index} of {what} is outside {-extent}…{extent - 1}");
        }

        return index < 0 ? index + extent : index;
    }

    /// <summary>The shape both inputs broadcast to.</summary>
    public long[] Broadcast(ReadOnlySpan<long> a, ReadOnlySpan<long> b) =>
        Shapes.Broadcast(a, b) ?? throw Invalid($"shapes {Shapes.Text(a)} and {Shapes.Text(b)} do not broadcast");

    /// <summary>Ends the stage unless the input has so many axes.</summary>
    public void RequireRank(int input, params ReadOnlySpan<int> ranks)
    {
        if (!ranks.Contains(Type(input).Rank))
        {
            throw Invalid($"input {InputName(input)} has the shape {Shapes.Text(Shape(input))}; wanted {string.Join(" or ", ranks.ToArray())} axes");
        }
    }

    /// <summary>Ends the stage unless the input has that shape; -1 stands for any extent.</summary>
    public void RequireShape(int input, params ReadOnlySpan<long> shape)
    {
        long[] found = Shape(input);
        bool fits = found.Length == shape.Length;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            fits = shape[i] < 0 || found[i] == shape[i];
        }

        if (!fits)
        {
            throw Invalid($"input {InputName(input)} has the shape {Shapes.Text(found)}; wanted {Shapes.Text(shape)}");
        }
    }

    /// <summary>Ends the stage where so many products would have to be summed that it takes minutes.</summary>
    /// <param name="factors">Extents whose product is the number of products.</param>
    public void RequireBoundedWork(params ReadOnlySpan<long> factors)
    {
        if (!Shapes.TryCount(factors, MostProductsPerElement * elementLimit, out _))
        {
            throw Invalid($"the result is a sum of {string.Join(" · ", factors.ToArray())} products; at most {MostProductsPerElement} · {elementLimit} are evaluated");
        }
    }

    /// <summary>Shapes, axes, indices or values that do not fit the operator.</summary>
    public CompilationException Invalid(string problem) => new(Codes.OnnxShapeInvalid, $"{problem} {Context()}", Node.Name);

    /// <summary>What the operator allows and we do not do.</summary>
    public CompilationException Unsupported(string problem, string help) => new(Codes.OnnxOperatorUnsupported, $"{problem} {Context()}", Node.Name, help);

    /// <summary>Such as <c>(Softmax of ai.onnx 17 on float[2,3])</c>.</summary>
    public string Context() => NodeText.Describe(Node, types);

    private string InputName(int input)
    {
        ParameterDefinition? parameter = definition.Inputs.ElementAtOrDefault(Math.Min(input, definition.Inputs.Count - 1));
        string name = input < Node.Inputs.Count ? Node.Inputs[input] : "";
        return name.Length == 0 ? $"'{parameter?.Name}'" : $"'{parameter?.Name}' ({name})";
    }

    private T? Attribute<T>(string name)
        where T : OnnxAttribute => Node.Attributes.TryGetValue(name, out OnnxAttribute? attribute) ? attribute as T : null;

    private object? Default(string name) => definition.Attribute(name, Version)?.Default;

    private CompilationException Missing(string name) => new(Codes.OnnxGraphInvalid, $"attribute '{name}' is missing {Context()}", Node.Name);
}
