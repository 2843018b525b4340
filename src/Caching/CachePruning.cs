namespace Flightc.Caching;

/// <summary>Deletes entries, those first that were not used for longest.</summary>
/// <param name="Deleted">Entries deleted.</param>
/// <param name="DeletedBytes">Their bytes.</param>
/// <param name="Kept">Entries left.</param>
/// <param name="KeptBytes">Their bytes.</param>
public sealed record CachePruning(int Deleted, long DeletedBytes, int Kept, long KeptBytes)
{
    /// <summary>Prunes a folder, and clears what dead processes have left in it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="limit">The most bytes that are left; 0 deletes all.</param>
    public static CachePruning Run(string path, long limit)
    {
        EntryPlaces places = new(Path.GetFullPath(path));
        places.ClearPartials();
        CachePruning result = Run(places, limit, _ => false);
        places.ClearFolders();
        return result;
    }

    internal static CachePruning Run(EntryPlaces places, long limit, Func<string, bool> isKept)
    {
        CacheItem[] all = [.. places.Entries()];
        long bytes = all.Sum(e => e.Bytes);
        (int deleted, long deletedBytes) = (0, 0);
        foreach (CacheItem item in all.OrderBy(e => e.LastUsed).ThenBy(e => e.Name, StringComparer.Ordinal))
        {
            if (bytes - deletedBytes <= limit)
            {
                break;
            }

            if (!isKept(item.Name) && EntryPlaces.TryDelete(item.Path))
            {
                deleted++;
                deletedBytes += item.Bytes;
            }
        }

        return new CachePruning(deleted, deletedBytes, all.Length - deleted, bytes - deletedBytes);
    }
}
