namespace Flightc.Container;

/// <summary>A weight of the model.</summary>
/// <param name="Role">Its name by role: <c>layers.3.mlp.down.weight</c>.</param>
/// <param name="Shape">Elements per dimension.</param>
/// <param name="Format">How the image holds it: <c>4g64</c>, or <c>f32</c>.</param>
/// <param name="Sha256">Hash of its data before quantisation, as the Frontend defines it: 64 lower-case
/// hexadecimal digits.</param>
public sealed record ManifestWeight(string Role, IReadOnlyList<long> Shape, string Format, string Sha256);
