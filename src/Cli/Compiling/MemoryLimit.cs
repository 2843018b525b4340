using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Compiling;

/// <summary>How much memory a compilation may use beside the files that it has mapped.</summary>
/// <remarks>
/// What is planned by it are matrices, which are all that is large: how many are made at a time, and how many wait to be packed. A hard limit of the
/// collector is not set: at its limit it ends the process, and an unfinished image would stay behind.
/// </remarks>
/// <param name="Bytes">The limit.</param>
/// <param name="Most">What it may be raised to for a weight that needs more: nobody chose the usual limit.</param>
internal sealed record MemoryLimit(long Bytes, long Most)
{
    // The runtime, its code, the threads, and buffers of packing and writing.
    private const long Reserve = 160L << 20;

    /// <summary>What the user wants, or a quarter of the machine; a container's limit counts as one.</summary>
    public static MemoryLimit Of(long? wanted)
    {
        long machine = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return wanted is { } bytes ? new MemoryLimit(bytes, bytes) : new MemoryLimit(machine / 4, machine / 4 * 3);
    }

    /// <summary>What of it the managed heap may have.</summary>
    public long Heap => Math.Max(Bytes - Reserve, Bytes / 2);

    /// <summary>What is left for matrices beside all that is in memory now.</summary>
    /// <param name="weight">The weight that needs most.</param>
    /// <param name="bytes">What it needs.</param>
    /// <exception cref="CompilationException">That is too little for it (FLC9003).</exception>
    public long ForMatrices(string weight, long bytes)
    {
        long used = Reserve + GC.GetTotalMemory(forceFullCollection: true);
        if (bytes <= Most - used)
        {
            return Math.Max(Bytes - used, bytes);
        }

        throw new CompilationException(
            Codes.OutOfMemory,
            $"compressing this weight needs {Quantity.Bytes(bytes)}, with all else {Quantity.Bytes(used + bytes)}, and {Quantity.Bytes(Most)} may be used",
            weight, $"give at least --max-memory {(used + bytes + (1L << 20) - 1) >> 20}MiB; round_to_nearest needs least of all methods");
    }
}
