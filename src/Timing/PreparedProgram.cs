using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>A program, prepared for any number of steps.</summary>
internal sealed class PreparedProgram
{
    private readonly Dictionary<string, TimedStream[][]> _entries = new(StringComparer.Ordinal);

    public PreparedProgram(MachineProgram program, Target target, ProgramWork work)
    {
        (Program, Work) = (program, work);
        Geometry geometry = program.Geometry;
        Geometry machine = target.Geometry;
        Require(
            geometry.Cores.SequenceEqual(machine.Cores) && geometry.WeightRingBytes == machine.WeightRingBytes
            && geometry.CacheRingBytes == machine.CacheRingBytes && geometry.PageBytes > 0,
            $"the program is made for the cores and rings of '{geometry.Target}', not for those of '{target.Name}'");
        Require(
            work.Cores.Count == geometry.Cores.Count
            && work.Cores.Zip(geometry.Cores).All(c => c.First.All(p => p.Channels.Count == c.Second.Count)),
            "the work of the products is that of other cores or channels than the program's");
        foreach (EntryPoint entry in program.Entries)
        {
            Require(
                entry.Streams.Count == geometry.Cores.Count && entry.Streams.All(c => c.Count == InstructionSet.UnitCount),
                $"entry '{entry.Name}' has not a stream for each unit of each core");
            _entries.Add(entry.Name, [.. entry.Streams.Select(core => core.Select(s => new TimedStream(s)).ToArray())]);
        }
    }

    public MachineProgram Program { get; }

    public ProgramWork Work { get; }

    /// <summary>The streams of an entry, by core and unit.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public TimedStream[][] Entry(string name) =>
        _entries.TryGetValue(name, out TimedStream[][]? streams)
            ? streams
            : throw new ArgumentException($"the program has no entry '{name}'", nameof(name));

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new CompilationException(Codes.ProgramInvalid, message);
        }
    }
}
