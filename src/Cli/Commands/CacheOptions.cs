using System.CommandLine;
using Flightc.Caching;
using Flightc.Cli.Caching;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary>The options of commands that can keep results: docs/cache.md.</summary>
internal sealed class CacheOptions
{
    private readonly Option<string> _folder = Declarations.Text(
        "--cache", "DIR", "Keep what takes long in this folder, and take from it what was made before of the same inputs; without, nothing is kept");
    private readonly Option<long?> _size = Declarations.Size(
        "--cache-size", $"With --cache: the most that the folder holds; {Quantity.Bytes(CacheFolder.DefaultLimit)} where it is left out. What was not used for longest goes first");

    /// <summary>Declares them.</summary>
    public void Declare(Command command)
    {
        command.Add(_folder);
        command.Add(_size);
    }

    /// <summary>What is wanted; null for nothing.</summary>
    /// <exception cref="CompilationException">They make no sense together, or a file has the folder's name (FLC9001).</exception>
    public CacheWishes? Read(ParseResult arguments)
    {
        string? folder = arguments.GetValue(_folder);
        long? size = arguments.GetValue(_size);
        if (folder is null)
        {
            return size is null ? null : throw new CompilationException(
                Codes.Usage, "--cache-size limits a folder, and none is given", "", "add --cache DIR");
        }

        if (folder.Length == 0 || File.Exists(folder))
        {
            throw new CompilationException(Codes.Usage, "--cache wants a folder, and this is none", folder, "name a folder; it is made where there is none");
        }

        return new CacheWishes(folder, size ?? CacheFolder.DefaultLimit);
    }
}
