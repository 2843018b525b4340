namespace Flightc.Caching;

/// <summary>An entry as a folder has it.</summary>
/// <param name="Name">SHA-256 of its key, as its file is called.</param>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="LastUsed">When it was last written or read, in universal time.</param>
public sealed record CacheItem(string Name, string Path, long Bytes, DateTime LastUsed);
