using System.Diagnostics;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// The packed matrix-vector kernel alone: all products of weights of a decode step, one after another, with the
/// emulator's threads and nothing between them. What it reaches is the most that decoding could.
/// </summary>
internal sealed class WeightSweep
{
    private readonly MachineProgram _program;
    private readonly DeviceMemory _memory;
    private readonly EmulatedCore[] _cores;
    private readonly UnitStream[][] _streams;

    /// <summary>Prepares a sweep.</summary>
    /// <param name="program">The program; it has the entry of <paramref name="streams"/>.</param>
    /// <param name="memory">Its memory.</param>
    /// <param name="cores">The cores of an emulator that runs nothing meanwhile. What is in their scratch is lost.</param>
    /// <param name="streams">Streams of the entry for a single token, by core and unit.</param>
    public WeightSweep(MachineProgram program, DeviceMemory memory, EmulatedCore[] cores, UnitStream[][] streams) =>
        (_program, _memory, _cores, _streams) = (program, memory, cores, streams);

    /// <summary>Multiplies all weights once.</summary>
    /// <param name="run">Number of the step, as of <see cref="EmulatedCore.Start"/>.</param>
    /// <returns>Bytes of the weight streams, and seconds that their products took.</returns>
    /// <exception cref="CompilationException">A product wants more weights than the entry loads (FLC4001), or weights are
    /// damaged (FLC4005).</exception>
    public (long Bytes, double Seconds) Run(long run)
    {
        long[] registers = _program.EvaluateRegisters(0, 1, 0);
        TrafficReport traffic = new(_program.Geometry.Channels, _cores.Length);
        foreach (EmulatedCore core in _cores)
        {
            core.Start(_streams[core.Number], registers, run, traffic);
            Load(core);
        }

        long start = Stopwatch.GetTimestamp();
        bool any;
        do
        {
            any = false;
            foreach (EmulatedCore core in _cores)
            {
                any |= Multiply(core, core.Streams[(int)Unit.Vector]) || Multiply(core, core.Streams[(int)Unit.Matrix]);
            }
        }
        while (any);

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (traffic.Channels.Sum(c => c.Weights), seconds);
    }

    private void Load(EmulatedCore core)
    {
        for (UnitStream loads = core.Streams[(int)Unit.Load]; loads.Head is not null; loads.Advance())
        {
            if (loads.Head.Resolved is LoadWeights)
            {
                Transfers.Execute((LoadWeights)loads.Resolve(), core, _memory, _program.Geometry.PageBytes);
            }
        }
    }

    // The next product of a stream; false at its end.
    private static bool Multiply(EmulatedCore core, UnitStream stream)
    {
        for (; stream.Head is { } head; stream.Advance())
        {
            if (head.Resolved is not MultiplyWeights)
            {
                continue;
            }

            core.Product.Begin((MultiplyWeights)stream.Resolve(), core.Scratch);
            if (!core.Product.Continue())
            {
                throw new CompilationException(
                    Codes.ProgramInvalid, $"a product of core {core.Number} takes more weights than the program loads");
            }

            stream.Advance();
            return true;
        }

        return false;
    }
}
