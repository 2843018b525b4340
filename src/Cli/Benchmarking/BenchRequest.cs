using Flightc.Runtime.Emulation;

namespace Flightc.Cli.Benchmarking;

/// <summary>What a user wants measured. What is null was not given.</summary>
/// <param name="Image">Path of the image.</param>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Tokens">Tokens that a run decodes.</param>
/// <param name="Past">Tokens before the first of them.</param>
/// <param name="Runs">How often each is measured.</param>
/// <param name="Threads">The most threads.</param>
/// <param name="Vectors">Which instructions of the processor to use.</param>
internal sealed record BenchRequest(
    string Image, int? Prompt, int? Tokens, int Past, int Runs, int? Threads, VectorPath? Vectors);
