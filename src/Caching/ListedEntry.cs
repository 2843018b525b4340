namespace Flightc.Caching;

/// <summary>An entry that was looked at.</summary>
/// <param name="Item">The file.</param>
/// <param name="Kind">What it keeps; empty where it is damaged.</param>
/// <param name="Fault">What is wrong with it, in words; empty where nothing was found.</param>
public sealed record ListedEntry(CacheItem Item, string Kind, string Fault);
