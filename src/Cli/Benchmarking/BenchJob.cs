using Flightc.Cli.Commands;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Runtime;
using Flightc.Runtime.Benchmarking;
using Flightc.Runtime.Emulation;

namespace Flightc.Cli.Benchmarking;

/// <summary>Measures the emulator on an image.</summary>
/// <param name="request">The wishes.</param>
/// <param name="usualPrompt">Tokens of the prompt where nobody said, if the context holds them.</param>
/// <param name="usualTokens">Tokens to decode where nobody said, if the context holds them.</param>
/// <param name="invocation">Output and interruption.</param>
internal sealed class BenchJob(BenchRequest request, int usualPrompt, int usualTokens, Invocation invocation)
{
    /// <summary>Measures.</summary>
    /// <exception cref="CompilationException">The image cannot be read or run, or its context is too short.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public (BenchSubject Subject, SpeedResult Result) Run()
    {
        using LoadedImage image = LoadedImage.Open(request.Image, withSymbols: true);
        SpeedOptions options = Options(image.Program.Memory.ContextLength);
        using SpeedBenchmark benchmark = new(image, options, invocation.Token);
        SpeedResult result = ProgressBar.Run(invocation.Output, "measuring", benchmark.Run);
        return (new BenchSubject(request.Image, image.Image.Manifest, options), result);
    }

    // More threads than processors only wait for one another: the image's devices have no more either.
    private SpeedOptions Options(int contextLength) => new(
        request.Prompt ?? Math.Min(usualPrompt, contextLength),
        request.Tokens ?? Math.Max(1, Math.Min(usualTokens, contextLength - request.Past)),
        request.Past, request.Runs, Math.Min(request.Threads ?? int.MaxValue, Environment.ProcessorCount),
        request.Vectors ?? VectorPaths.Best);
}
