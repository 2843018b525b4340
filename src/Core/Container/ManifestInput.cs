namespace Flightc.Container;

/// <summary>A file that the compiler read, without saying where it lay.</summary>
/// <param name="Name">What it is: <c>config.json</c>, <c>tokenizer.json</c> …</param>
/// <param name="Sha256">Hash of its bytes: 64 lower-case hexadecimal digits.</param>
public sealed record ManifestInput(string Name, string Sha256);
