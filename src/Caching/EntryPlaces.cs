using System.Buffers;

namespace Flightc.Caching;

/// <summary>Where entries lie: <c>ab/cd/abcd….flcache</c>, so that no folder has very many. Nothing else in the folder is ever touched.</summary>
/// <param name="root">The folder; need not be there.</param>
internal sealed class EntryPlaces(string root)
{
    private const string Extension = ".flcache";
    private const string PartialExtension = ".partial";
    private const int NameLength = 64;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private static readonly EnumerationOptions Own = new()
    {
        // What a link leads to is not ours to delete.
        AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true, MatchType = MatchType.Simple,
    };

    private static int _count;

    /// <summary>The file of an entry.</summary>
    public string PathOf(string name) => Path.Combine(root, name[..2], name[2..4], name + Extension);

    /// <summary>A name that nobody else has, for an entry that is being written.</summary>
    public string PartialOf(string name) =>
        FormattableString.Invariant($"{PathOf(name)}.{Environment.ProcessId}-{Interlocked.Increment(ref _count)}{PartialExtension}");

    /// <summary>The entries, in no order.</summary>
    public IEnumerable<CacheItem> Entries() =>
        from file in Files()
        let name = Path.GetFileNameWithoutExtension(file.Name)
        where file.Name.EndsWith(Extension, StringComparison.Ordinal) && IsPlaceOf(name, file)
        select new CacheItem(name, file.FullName, file.Length, file.LastWriteTimeUtc);

    /// <summary>Deletes what processes that have died were writing.</summary>
    /// <returns>How many files that were.</returns>
    public int ClearPartials()
    {
        int cleared = 0;
        foreach (FileInfo file in Files().Where(f => f.Name.EndsWith(PartialExtension, StringComparison.Ordinal)))
        {
            int end = file.Name.IndexOf(Extension + ".", StringComparison.Ordinal);
            if (end == NameLength && IsPlaceOf(file.Name[..end], file) && IsAbandoned(file.FullName))
            {
                cleared += TryDelete(file.FullName) ? 1 : 0;
            }
        }

        return cleared;
    }

    /// <summary>Deletes the folders of entries that have nothing left in them.</summary>
    public void ClearFolders()
    {
        // The inner ones first: what holds one of them is not empty.
        DirectoryInfo[] inner = [.. Folders()];
        foreach (DirectoryInfo folder in inner.Concat(inner.Select(f => f.Parent!).DistinctBy(f => f.FullName)))
        {
            try
            {
                Directory.Delete(folder.FullName);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // There is something in it.
            }
        }
    }

    /// <summary>Deletes a file; false where that is not possible, or it is gone.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            bool was = File.Exists(path);
            File.Delete(path);
            return was;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsPlaceOf(string name, FileInfo file) =>
        name.Length == NameLength && !name.AsSpan().ContainsAnyExcept(Digits)
        && file.Directory!.Name == name[2..4] && file.Directory.Parent!.Name == name[..2];

    // Who writes holds a lock, which the system takes back from the dead.
    private static bool IsAbandoned(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private IEnumerable<FileInfo> Files() => Folders().SelectMany(f => Listed(() => f.EnumerateFiles("*", Own)));

    private IEnumerable<DirectoryInfo> Folders() =>
        from first in Listed(() => new DirectoryInfo(root).EnumerateDirectories("??", Own))
        where IsPart(first.Name)
        from second in Listed(() => first.EnumerateDirectories("??", Own))
        where IsPart(second.Name)
        select second;

    private static bool IsPart(string name) => name.Length == 2 && !name.AsSpan().ContainsAnyExcept(Digits);

    // A folder that another process has just deleted is empty.
    private static T[] Listed<T>(Func<IEnumerable<T>> list)
    {
        try
        {
            return [.. list()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
