namespace Flightc.Backend.Linking;

/// <summary>How an image is linked. No byte of it depends on these.</summary>
public sealed record LinkOptions
{
    /// <summary>The most threads to use; -1 for as many as there are processors. With fewer than there are processors matrices are not made ahead of packing,
    /// so that never more work.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>The most bytes that matrices may take, those that are made and those that wait to be packed.</summary>
    public long MatrixBytes { get; init; } = long.MaxValue;

    /// <summary>Ends the work early.</summary>
    public CancellationToken Token { get; init; }

    /// <summary>Told what is being packed and how much is done; null where nobody asks.</summary>
    public Action<LinkProgress>? Progress { get; init; }

    /// <summary>Takes down where the time went; null where nobody asks.</summary>
    public LinkTimes? Times { get; init; }

    /// <summary>How many matrices may be made at a time; null for what the processors can use.</summary>
    public int? Makers { get; init; }

    // A matrix is made by all cores but for short ends; with many cores these ends are what takes long.
    internal int MakerCount => Makers ?? (Threads > 0 && Threads < Environment.ProcessorCount
        ? 0
        : Environment.ProcessorCount < 2 ? 0 : Math.Clamp(Environment.ProcessorCount / 8, 1, 4));
}
