using Flightc.Container;
using Flightc.Runtime.Benchmarking;

namespace Flightc.Cli.Benchmarking;

/// <summary>What was measured.</summary>
/// <param name="Path">The image.</param>
/// <param name="Manifest">What the image says of itself.</param>
/// <param name="Options">The sizes of the runs, threads and vectors.</param>
internal sealed record BenchSubject(string Path, ImageManifest Manifest, SpeedOptions Options);
