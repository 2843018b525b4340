namespace Flightc.Models;

/// <summary>A weight that an architecture needs.</summary>
/// <param name="Role">The name in the Graph, such as <c>layers.3.mlp.down.weight</c>.</param>
/// <param name="Names">Names a checkpoint may store it under, the preferred one first.</param>
/// <param name="Shape">(out, in) for a matrix, (n) for a norm or a bias.</param>
/// <param name="Transform">How it is made of the tensor.</param>
public sealed record TensorRole(string Role, IReadOnlyList<string> Names, IReadOnlyList<long> Shape, TensorTransform Transform);
