namespace Flightc.Onnx;

/// <summary>The type a graph states of a value; what it does not state is null.</summary>
/// <param name="Name">Of the value.</param>
/// <param name="ElementType">What the elements are; <see cref="OnnxElementType.Undefined"/> for values that are no tensors.</param>
/// <param name="Shape">Extents, or null where not even their number is stated.</param>
public sealed record OnnxValue(string Name, OnnxElementType ElementType, IReadOnlyList<OnnxDim>? Shape);

/// <summary>One extent: a size, a name, or neither.</summary>
/// <param name="Size">Null where it is known only when the graph runs.</param>
/// <param name="Symbol">Such as <c>batch_size</c>; empty where there is none.</param>
public readonly record struct OnnxDim(long? Size, string Symbol);

/// <summary>A graph: its nodes stand in an order in which they can be executed, and every name is defined once.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Inputs">What the caller gives; those that are initializers too are not among them.</param>
/// <param name="Outputs">What comes out.</param>
/// <param name="Initializers">Constant tensors by name.</param>
/// <param name="Nodes">Operations; calls of local functions are inlined.</param>
/// <param name="Values">Types stated for values in between, by name.</param>
public sealed record OnnxGraph(
    string Name, IReadOnlyList<OnnxValue> Inputs, IReadOnlyList<OnnxValue> Outputs, IReadOnlyDictionary<string, OnnxTensor> Initializers,
    IReadOnlyList<OnnxNode> Nodes, IReadOnlyDictionary<string, OnnxValue> Values);
