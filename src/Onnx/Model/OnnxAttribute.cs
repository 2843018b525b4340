namespace Flightc.Onnx;

/// <summary>An attribute of a node. Which member is set follows from the type of the value.</summary>
public abstract record OnnxAttribute(string Name);

/// <summary>An integer.</summary>
public sealed record IntAttribute(string Name, long Value) : OnnxAttribute(Name);

/// <summary>A binary32.</summary>
public sealed record FloatAttribute(string Name, float Value) : OnnxAttribute(Name);

/// <summary>UTF-8 text.</summary>
public sealed record StringAttribute(string Name, string Value) : OnnxAttribute(Name);

/// <summary>Integers.</summary>
public sealed record IntsAttribute(string Name, IReadOnlyList<long> Values) : OnnxAttribute(Name);

/// <summary>Numbers of binary32.</summary>
public sealed record FloatsAttribute(string Name, IReadOnlyList<float> Values) : OnnxAttribute(Name);

/// <summary>Texts.</summary>
public sealed record StringsAttribute(string Name, IReadOnlyList<string> Values) : OnnxAttribute(Name);

/// <summary>A tensor.</summary>
public sealed record TensorAttribute(string Name, OnnxTensor Value) : OnnxAttribute(Name);

/// <summary>A graph: a branch of an <c>If</c> or the body of a loop.</summary>
public sealed record GraphAttribute(string Name, OnnxGraph Value) : OnnxAttribute(Name);

/// <summary>An attribute of another type (sparse tensors, types, lists of tensors or graphs): recognised by name only.</summary>
public sealed record OtherAttribute(string Name, string TypeName) : OnnxAttribute(Name);
