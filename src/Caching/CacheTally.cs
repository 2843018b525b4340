namespace Flightc.Caching;

/// <summary>What a cache brought for one kind of entry. Safe from several threads.</summary>
/// <param name="kind">The kind.</param>
public sealed class CacheTally(string kind)
{
    private long _hits, _misses, _readBytes, _storedBytes;

    /// <summary>The kind.</summary>
    public string Kind => kind;

    /// <summary>Entries that were there.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>Entries that were not, or were damaged.</summary>
    public long Misses => Interlocked.Read(ref _misses);

    /// <summary>Bytes of the entries that were there.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>Bytes of the entries that were stored.</summary>
    public long StoredBytes => Interlocked.Read(ref _storedBytes);

    internal void Hit(long bytes)
    {
        Interlocked.Increment(ref _hits);
        Interlocked.Add(ref _readBytes, bytes);
    }

    internal void Miss() => Interlocked.Increment(ref _misses);

    internal void Stored(long bytes) => Interlocked.Add(ref _storedBytes, bytes);
}
