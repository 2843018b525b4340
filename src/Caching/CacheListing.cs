namespace Flightc.Caching;

/// <summary>What a folder has, entry by entry.</summary>
public static class CacheListing
{
    /// <summary>The entries with their kinds, in ordinal order of their names.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="verify">Whether everything of every entry is read and held against its hashes; otherwise only its beginning.</param>
    /// <param name="progress">Told the share that is done, 0 … 1; may be null.</param>
    /// <param name="interruption">Ends it between two entries.</param>
    public static IReadOnlyList<ListedEntry> Of(string path, bool verify, Action<double>? progress = null, CancellationToken interruption = default)
    {
        CacheItem[] items = [.. new EntryPlaces(Path.GetFullPath(path)).Entries().OrderBy(e => e.Name, StringComparer.Ordinal)];
        ListedEntry[] listed = new ListedEntry[items.Length];
        int done = 0;
        Parallel.For(0, items.Length, new ParallelOptions { CancellationToken = interruption }, i =>
        {
            listed[i] = Look(items[i], verify);
            progress?.Invoke((double)Interlocked.Increment(ref done) / items.Length);
        });
        return listed;
    }

    private static ListedEntry Look(CacheItem item, bool verify)
    {
        try
        {
            using EntryReader entry = EntryReader.Open(item.Path);
            if (CacheKey.HashOf(entry.Key) != item.Name)
            {
                throw new InvalidDataException("its key is not the one that its name tells");
            }

            if (verify)
            {
                entry.RequireWhole();
            }

            return new ListedEntry(item, CacheKey.KindOf(entry.Key) ?? throw new InvalidDataException("its key names no kind"), "");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new ListedEntry(item, "", e.Message);
        }
    }
}
