namespace Flightc.IR;

/// <summary>One operation. Its result is named by role, such as <c>layers.3.attn.out</c>.</summary>
/// <param name="Name">Unique in the graph.</param>
/// <param name="Op">The operator.</param>
/// <param name="Operands">Values defined before.</param>
/// <param name="Type">Type of the result, as <see cref="Op.Infer"/> gives it.</param>
public sealed record Node(string Name, Op Op, IReadOnlyList<ValueId> Operands, TensorType Type);
