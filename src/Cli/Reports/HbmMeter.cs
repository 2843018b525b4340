using Flightc.Isa;

namespace Flightc.Cli.Reports;

/// <summary>Bytes that each core moves to and from HBM, over time.</summary>
/// <remarks>A page of weights counts when its load asks for it; the rows of a load from the KV cache are spread
/// evenly over its requests, those of a store stand at its end.</remarks>
/// <param name="program">The program.</param>
internal sealed class HbmMeter(MachineProgram program)
{
    /// <summary>Cycles that are counted together.</summary>
    public const int WindowCycles = 1024;

    private readonly List<double>[] _windows = [.. program.Geometry.Cores.Select(_ => new List<double>())];
    private readonly List<double>[] _requests = [.. program.Geometry.Cores.Select(_ => new List<double>())];
    private readonly InstructionAccess[] _access = [.. program.Geometry.Cores.Select((_, core) => new InstructionAccess(program, core))];
    private readonly List<Access> _accesses = [];

    /// <summary>By core: bytes of each window.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Windows => _windows;

    /// <summary>A load asks for a piece.</summary>
    public void Claimed(int core, bool isWeights, double cycle)
    {
        if (isWeights)
        {
            Add(core, cycle, (double)program.Geometry.PageBytes * program.Geometry.Cores[core].Count);
        }
        else
        {
            _requests[core].Add(cycle);
        }
    }

    /// <summary>An instruction has ended.</summary>
    public void Executed(int core, Instruction resolved, double end)
    {
        if (resolved is not (LoadCache or StoreCache or StoreCacheScale))
        {
            return;
        }

        double bytes = ChannelBytes(_access[core], resolved, _accesses);
        if (resolved is not LoadCache)
        {
            Add(core, end, bytes);
            return;
        }

        foreach (double cycle in _requests[core])
        {
            Add(core, cycle, bytes / _requests[core].Count);
        }

        _requests[core].Clear();
    }

    /// <summary>Bytes of channels that an instruction moves.</summary>
    /// <param name="access">Of its core.</param>
    /// <param name="resolved">With constants as fields.</param>
    /// <param name="accesses">Used and cleared.</param>
    public static double ChannelBytes(InstructionAccess access, Instruction resolved, List<Access> accesses) =>
        Bytes(access, resolved, accesses, MemorySpace.Channel);

    /// <summary>Bytes of DDR that an instruction moves; a row of a table for every index.</summary>
    public static double DdrBytes(InstructionAccess access, Instruction resolved, List<Access> accesses) => resolved is LoadIndexed i
        ? i.Rows.Constant * (double)(i.Bytes.Constant + sizeof(uint))
        : Bytes(access, resolved, accesses, MemorySpace.Ddr);

    private static double Bytes(InstructionAccess access, Instruction resolved, List<Access> accesses, MemorySpace space)
    {
        accesses.Clear();
        access.List(resolved, accesses);
        double bytes = 0;
        foreach (Access a in accesses)
        {
            bytes += a.Space == space ? (double)a.Rows * a.Bytes : 0;
        }

        return bytes;
    }

    private void Add(int core, double cycle, double bytes)
    {
        int window = (int)(cycle / WindowCycles);
        List<double> windows = _windows[core];
        while (windows.Count <= window)
        {
            windows.Add(0);
        }

        windows[window] += bytes;
    }
}
