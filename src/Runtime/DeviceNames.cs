using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;

namespace Flightc.Runtime;

/// <summary>The devices that can be named, and how each is made.</summary>
public static class DeviceNames
{
    /// <summary>The fast one.</summary>
    public const string Emulator = "emulator";

    /// <summary>The one that is easy to trust.</summary>
    public const string Interpreter = "interpreter";

    private static readonly (string Name, Func<MachineProgram, DeviceMemory, int, VectorPath?, IDevice> Create)[] Devices =
    [
        (Emulator, (program, memory, threads, path) => new Emulation.Emulator(program, memory, threads, path ?? VectorPaths.Best)),
        (Interpreter, (program, memory, _, _) => new InstructionInterpreter(program, memory, IssueOrder.RoundRobin())),
    ];

    /// <summary>Every name, the best choice first.</summary>
    public static IReadOnlyList<string> All => [.. Devices.Select(d => d.Name)];

    /// <summary>Makes a device.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <param name="program">What it is to execute.</param>
    /// <param name="memory">The program's memory; borrowed.</param>
    /// <param name="threads">The most threads to use, at least 1; no result depends on it.</param>
    /// <param name="path">Which instructions of the processor the emulator uses, the widest where null; no result
    /// depends on it.</param>
    /// <exception cref="CompilationException">No device has that name, or it cannot execute the program
    /// (FLC5005).</exception>
    public static IDevice Create(
        string name, MachineProgram program, DeviceMemory memory, int threads, VectorPath? path = null)
    {
        foreach ((string known, Func<MachineProgram, DeviceMemory, int, VectorPath?, IDevice> create) in Devices)
        {
            if (known == name)
            {
                return create(program, memory, threads, path);
            }
        }

        throw new CompilationException(
            Codes.DeviceUnsupported, $"there is no device '{Excerpt.Of(name)}'", "",
            $"the devices are {Excerpt.List(All)}");
    }
}
