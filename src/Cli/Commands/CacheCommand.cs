using System.CommandLine;
using Flightc.Cli.Caching;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc cache</c></summary>
internal sealed class CacheCommand : CommandDefinition
{
    private const string All = "all";

    private readonly Argument<string> _folder = new("DIR") { Description = "A folder that was given with --cache" };
    private readonly Option<string> _prune = Declarations.Text(
        "--prune", "SIZE|all", "Delete entries until the folder holds no more than this, those first that were not used for longest");
    private readonly Option<bool> _verify = new("--verify") { Description = "Read every entry whole and hold it against its hashes" };

    /// <inheritdoc/>
    public override string Details =>
        "Only entries are ever deleted, whatever else lies in the folder. An entry that is damaged does no harm: it is made anew when it is wanted.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc cache ~/.cache/flightc", "kinds, bytes and ages"),
        ("flightc cache ~/.cache/flightc --verify", "is anything damaged?"),
        ("flightc cache ~/.cache/flightc --prune 2GiB", "keep what was used last"),
        ("flightc cache ~/.cache/flightc --prune all", "delete all entries"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_folder);
        command.Add(_prune);
        command.Add(_verify);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string folder = arguments.GetRequiredValue(_folder);
        long? limit = arguments.GetValue(_prune) is { } prune ? Limit(prune) : null;
        if (limit is not null && arguments.GetValue(_verify))
        {
            throw new CompilationException(Codes.Usage, "--prune and --verify are two things", "", "do one after the other");
        }

        return new CacheJob(invocation).Run(folder, limit, arguments.GetValue(_verify));
    }

    private static long Limit(string text) => text == All ? 0 : ByteSize.TryParse(text, out long bytes) ? bytes : throw new CompilationException(
        Codes.Usage, $"'{Excerpt.Of(text)}' stands in --prune where a size or '{All}' is wanted", "", $"give {ByteSize.Wanted}, or '{All}'");
}
