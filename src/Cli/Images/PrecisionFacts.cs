namespace Flightc.Cli.Images;

/// <summary>The weights of one precision.</summary>
/// <param name="Format">Such as <c>4g64</c>, or <c>f32</c>.</param>
/// <param name="Matrices">Weights, matrices or vectors.</param>
/// <param name="Weights">Their elements.</param>
/// <param name="Bytes">What they take in the image with scales and tile headers, without padding to pages.</param>
internal sealed record PrecisionFacts(string Format, int Matrices, long Weights, long Bytes);
