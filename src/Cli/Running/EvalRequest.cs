using Flightc.Cli.Layers;
using Flightc.Runtime.Emulation;

namespace Flightc.Cli.Running;

/// <summary>What a user wants measured.</summary>
/// <param name="Images">Paths.</param>
/// <param name="Text">Path.</param>
/// <param name="Reference">Path of the model, or null.</param>
/// <param name="Records">The most records; null for all.</param>
/// <param name="Threads">The most threads.</param>
/// <param name="Join">Whether records are joined to whole windows.</param>
/// <param name="PerRecord">Whether the sums of every record are wanted.</param>
/// <param name="Layers">How errors of operators are looked for; null where none are wanted.</param>
/// <param name="Vectors">Which instructions of the processor the emulator uses; null for the widest.</param>
internal sealed record EvalRequest(
    IReadOnlyList<string> Images, string Text, string? Reference, int? Records, int Threads,
    bool Join = false, bool PerRecord = false, LayerOptions? Layers = null, VectorPath? Vectors = null);
