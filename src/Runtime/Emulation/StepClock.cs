using System.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// Where the time of steps goes, by instruction: the time of the thread that issues instructions, in which the other threads
/// help. What is not an instruction's is the emulator's own.
/// </summary>
/// <remarks>It slows small instructions down; steps whose speed is measured run without it. Steps of other entries are not timed.</remarks>
public sealed class StepClock
{
    private readonly long[][][] _ticks;

    /// <summary>A clock at zero.</summary>
    /// <param name="entry">Whose instructions are timed.</param>
    public StepClock(EntryPoint entry)
    {
        Entry = entry;
        _ticks = [.. entry.Streams.Select(core => core.Select(stream => new long[stream.Count]).ToArray())];
    }

    /// <summary>Whose instructions are timed.</summary>
    public EntryPoint Entry { get; }

    /// <summary>Seconds of an instruction, over all steps and iterations.</summary>
    /// <param name="core">Number of its core.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="index">Its number in the stream.</param>
    public double Seconds(int core, Unit unit, int index) =>
        _ticks[core][(int)unit][index] / (double)Stopwatch.Frequency;

    /// <summary>Charges an instruction with the time that has passed.</summary>
    /// <param name="core">Number of its core.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="index">Its number in the stream.</param>
    /// <param name="start">A timestamp of <see cref="Stopwatch"/>.</param>
    internal void Charge(int core, Unit unit, int index, long start) =>
        _ticks[core][(int)unit][index] += Stopwatch.GetTimestamp() - start;
}
