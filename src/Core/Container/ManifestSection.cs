namespace Flightc.Container;

/// <summary>A section as the manifest knows it.</summary>
/// <param name="Name">Such as <c>program</c> or <c>bank.07</c>.</param>
/// <param name="Bytes">Its length, without the padding behind it.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
public sealed record ManifestSection(string Name, long Bytes, string Sha256);
