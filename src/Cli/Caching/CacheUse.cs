using Flightc.Caching;

namespace Flightc.Cli.Caching;

/// <summary>What a cache brought to one command.</summary>
/// <param name="Folder">As the user named it.</param>
/// <param name="Tallies">By kind.</param>
internal sealed record CacheUse(string Folder, IReadOnlyList<CacheTally> Tallies);
