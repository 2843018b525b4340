using System.Collections.Concurrent;
using Flightc.Diagnostics;

namespace Flightc.Caching;

/// <summary>A folder of results by the hash of what they depend on: docs/cache.md. Safe from several threads and several processes.</summary>
/// <remarks>
/// There are no locks: an entry is written under another name and renamed, and what is read is believed only with its hash. Whatever goes wrong with the
/// folder costs time and a warning, never the work: an entry that cannot be used is a miss, one that cannot be stored is not stored.
/// </remarks>
public sealed class CacheFolder : IDisposable
{
    /// <summary>The most bytes of a folder where nobody says how many.</summary>
    public const long DefaultLimit = 16L << 30;

    private readonly EntryPlaces _places;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, CacheTally> _tallies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _used = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _unfinished = new(StringComparer.Ordinal);
    private readonly List<Diagnostic> _warnings = [];
    private readonly Lock _lock = new();
    private long _bytes = -1;
    private bool _stores = true;

    /// <param name="path">The folder; made when the first entry is stored.</param>
    /// <param name="limit">The most bytes of all entries.</param>
    /// <param name="time">Says when an entry is used.</param>
    public CacheFolder(string path, long limit = DefaultLimit, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        (Location, _limit, _time) = (path, limit, time ?? TimeProvider.System);
        _places = new EntryPlaces(Path.GetFullPath(path));
    }

    /// <summary>The folder as it was named.</summary>
    public string Location { get; }

    /// <summary>What was found and stored, by kind, in ordinal order.</summary>
    public IReadOnlyList<CacheTally> Tallies => [.. _tallies.Values.OrderBy(t => t.Kind, StringComparer.Ordinal)];

    /// <summary>What a user should know.</summary>
    public IReadOnlyList<Diagnostic> Warnings
    {
        get
        {
            lock (_lock)
            {
                return [.. _warnings];
            }
        }
    }

    /// <summary>What is kept for a key; null where there is nothing, or nothing that can be used.</summary>
    /// <param name="key">What is wanted.</param>
    /// <param name="read">Makes the result of the payload, of which it believes nothing: it throws <see cref="InvalidDataException"/>, or reads past the end.
    /// What it makes counts only when the hash of the whole payload has been compared.</param>
    public T? Find<T>(CacheKey key, Func<EntryReader, T> read)
        where T : class
    {
        string path = _places.PathOf(key.Name);
        CacheTally tally = _tallies.GetOrAdd(key.Kind, k => new CacheTally(k));
        try
        {
            using EntryReader entry = EntryReader.Open(path);
            if (entry.Key != key.Text)
            {
                throw new InvalidDataException("it is of another key");
            }

            T found = read(entry);
            entry.RequireWhole();
            tally.Hit(entry.FileBytes);
            Touch(key.Name, path);
            return found;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The usual miss.
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            Warn(Codes.CacheDamaged, $"an entry of the cache is not used but made anew: {e.Message}", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Warn(Codes.CacheDamaged, $"an entry of the cache cannot be read and is made anew: {e.Message}", path);
        }

        tally.Miss();
        return null;
    }

    /// <summary>Whether something is kept for a key, which need not be whole. Counts neither as found nor as missed.</summary>
    public bool MayHave(CacheKey key) => File.Exists(_places.PathOf(key.Name));

    /// <summary>Keeps a result.</summary>
    /// <param name="key">What it depends on.</param>
    /// <param name="write">Writes the payload.</param>
    public void Store(CacheKey key, Action<Stream> write)
    {
        if (!Volatile.Read(ref _stores))
        {
            return;
        }

        string path = _places.PathOf(key.Name);
        try
        {
            using EntryWriter entry = Begin(key, path);
            _unfinished.TryAdd(entry.PartialPath, 0);
            write(entry);
            if (MakeRoom(entry.FileBytes))
            {
                entry.Commit(path);
                _used.TryAdd(key.Name, 0);
                _tallies.GetOrAdd(key.Kind, k => new CacheTally(k)).Stored(entry.FileBytes);
            }
        }
        catch (Exception e) when ((e is IOException or UnauthorizedAccessException) && Directory.Exists(path))
        {
            // Only this entry has no place: all others can be kept.
            Warn(Codes.CacheUnusable, "a folder lies where an entry of the cache belongs, which cannot be stored", path, "delete that folder");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            GiveUp(Codes.CacheUnusable, $"nothing more is stored in the cache: {e.Message}", "free space, or name another folder with --cache");
        }
    }

    /// <summary>Deletes what is being written, where the process has to end at once.</summary>
    public void DeleteUnfinished()
    {
        // What was finished has another name by now.
        foreach (string path in _unfinished.Keys)
        {
            EntryPlaces.TryDelete(path);
        }
    }

    /// <summary>Brings the folder within its limit, whatever others have stored meanwhile.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_bytes >= 0)
            {
                Prune(_limit);
            }
        }
    }

    private EntryWriter Begin(CacheKey key, string path)
    {
        for (int attempt = 0; ; attempt++)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                return new EntryWriter(key, _places.PartialOf(key.Name));
            }
            catch (IOException) when (attempt == 0)
            {
                // Another process may have cleared the folder, or looked at the file while it was not locked yet.
            }
        }
    }

    private bool MakeRoom(long bytes)
    {
        lock (_lock)
        {
            if (_bytes < 0)
            {
                _places.ClearPartials();
                _bytes = _places.Entries().Sum(e => e.Bytes);
            }

            if (_bytes + bytes > _limit)
            {
                Prune(_limit - bytes);
            }

            if (_bytes + bytes <= _limit)
            {
                _bytes += bytes;
                return true;
            }
        }

        GiveUp(
            Codes.CacheUnusable, $"nothing more is stored in the cache: an entry of {bytes} bytes does not fit beside what this command has used, and the folder may hold {_limit} bytes",
            "give it more with --cache-size");
        return false;
    }

    // What this command has used is what the next one wants: it goes last, which is never.
    private void Prune(long limit)
    {
        _bytes = CachePruning.Run(_places, limit, _used.ContainsKey).KeptBytes;
    }

    private void Touch(string name, string path)
    {
        _used.TryAdd(name, 0);
        try
        {
            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that can only be read serves as well; whoever fills it keeps it within its limit.
        }
    }

    private void GiveUp(string code, string message, string help)
    {
        if (Interlocked.Exchange(ref _stores, false))
        {
            Warn(code, message, Location, help);
        }
    }

    private void Warn(string code, string message, string location, string help = "")
    {
        lock (_lock)
        {
            _warnings.Add(new Diagnostic(code, Severity.Warning, message, location, help));
        }
    }
}
