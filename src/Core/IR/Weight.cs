namespace Flightc.IR;

/// <summary>A weight: described here, its data behind <see cref="IWeights"/>.</summary>
/// <param name="Name">Role, such as <c>layers.3.mlp.down.weight</c>.</param>
/// <param name="Type">Element type as stored in the checkpoint, and shape; matrices are (out, in).</param>
/// <param name="Hash">SHA-256 of type, shape and canonical data, lower-case hex; empty where there is no
/// data.</param>
/// <param name="Format">How it is to be stored; null while it is a float.</param>
/// <param name="Source">Where it came from in the checkpoint: a comment, not compared.</param>
public sealed record Weight(
    string Name, TensorType Type, string Hash = "", QuantizedFormat? Format = null, string Source = "");
