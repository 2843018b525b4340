using Flightc.Caching;

namespace Flightc.Cli.Caching;

/// <summary>Where a user wants results kept.</summary>
/// <param name="Folder">Path; need not be there yet.</param>
/// <param name="Limit">The most bytes of all that is kept.</param>
internal sealed record CacheWishes(string Folder, long Limit = CacheFolder.DefaultLimit)
{
    /// <summary>The folder, to be disposed of when the work is done.</summary>
    public CacheFolder Open() => new(Folder, Limit);
}
