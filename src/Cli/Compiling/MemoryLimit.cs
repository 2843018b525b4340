using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Compiling;

/// <summary>How much memory a compilation may use beside the files that it has mapped.</summary>
/// <remarks>
/// What is planned by it are matrices, which are all that is large: how many are made at a time, and how many wait to be packed. A hard limit of the
/// collector is not set: at its limit it ends the process, and an unfinished image would stay behind.
/// </remarks>
/// <param name="Bytes">The limit.</param>
internal sealed record MemoryLimit(long Bytes)
{
    // The runtime, its code, the threads, and buffers of packing and writing.
    private const long Reserve = 128L << 20;

    // Of the machine; a container's limit counts as one.
    private const int UsualShare = 4;

    /// <summary>What the user wants, or a quarter of the machine.</summary>
    public static MemoryLimit Of(long? wanted) => new(wanted ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / UsualShare);

    /// <summary>What is left for matrices beside all that is in memory now.</summary>
    /// <param name="weight">The weight that needs most.</param>
    /// <param name="bytes">What it needs.</param>
    /// <exception cref="CompilationException">That is too little for it (FLC9003).</exception>
    public long ForMatrices(string weight, long bytes)
    {
        long used = Reserve + GC.GetTotalMemory(forceFullCollection: true);
        if (bytes <= Bytes - used)
        {
            return Bytes - used;
        }

        throw new CompilationException(
            Codes.OutOfMemory,
            $"compressing this weight needs {Quantity.Bytes(bytes)}, with all else {Quantity.Bytes(used + bytes)}, and {Quantity.Bytes(Bytes)} may be used",
            weight, $"give at least --max-memory {(used + bytes + (1L << 20) - 1) >> 20}MiB, or use a method that needs less, such as round_to_nearest");
    }
}
