using System.Text.Json.Nodes;
using Flightc.Chat;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Running;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime;

namespace Flightc.Cli.Images;

/// <summary>Everything that can be proved of an image without running it.</summary>
internal sealed class Verification
{
    private readonly string _path;
    private readonly List<(string Check, bool Passed)> _checks = [];
    private readonly List<Diagnostic> _findings = [];

    private Verification(string path) => _path = path;

    /// <summary>What is wrong; empty where nothing is.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings;

    /// <summary>Verifies an image. Later checks are left out where earlier ones take their ground away.</summary>
    /// <exception cref="CompilationException">The file cannot be read, or is no image of this version.</exception>
    public static Verification Of(string path, Invocation invocation)
    {
        Verification verification = new(path);
        using LoadedImage loaded = LoadedImage.Open(path, withSymbols: true);
        verification.Look(loaded, invocation);
        return verification;
    }

    /// <summary>Writes which checks passed to standard output.</summary>
    public void Write(Output output)
    {
        if (output.IsJson)
        {
            output.WriteJson(new JsonObject
            {
                ["image"] = _path,
                ["is_valid"] = _findings.Count == 0,
                ["checks"] = Json.Array(_checks, c => new JsonObject { ["check"] = c.Check, ["passed"] = c.Passed }),
                ["diagnostics"] = Json.Of(_findings),
            });
            return;
        }

        foreach ((string check, bool passed) in _checks)
        {
            output.Results.WriteLine($"{(passed ? "ok    " : "FAILED")}  {check}");
        }

        output.Results.WriteLine(_findings.Count == 0 ? $"{_path} is valid" : $"{_path} is not valid");
    }

    private void Look(LoadedImage loaded, Invocation invocation)
    {
        Output output = invocation.Output;
        Check("header, manifest and program agree", () => { });
        Check("sections have their hashes", () => ProgressBar.Run(output, "hashing", progress =>
        {
            int done = 0;
            loaded.Image.VerifySections(_ =>
            {
                invocation.Token.ThrowIfCancellationRequested();
                progress((double)Interlocked.Increment(ref done) / loaded.Image.Manifest.Sections.Count);
            });
            return true;
        }));
        Check("tokenizer, chat template and generation defaults can be read", () =>
        {
            _ = RunnableImage.ReadTokenizer(loaded.Image);
            _ = RunnableImage.ReadDefaults(loaded.Image);
            _ = RunnableImage.ReadChat(loaded.Image) is { } chat ? ChatTemplate.Parse(chat.Template, chat.Location) : null;
        });
        IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>>? popped = null;
        Check(
            "weight streams hold what the program takes",
            () => popped = ProgressBar.Run(output, "reading weights", progress =>
            new WeightStreams(loaded, share =>
            {
                invocation.Token.ThrowIfCancellationRequested();
                progress(share);
            }).Read()));
        Check(
            "tokens between units balance, nothing waits for ever, no result depends on timing, addresses and capacities hold",
            () => ProgramVerifier.Verify(loaded.Program, popped).ThrowIfErrors());
        if (_findings.Count == 0)
        {
            Check(
                "programs for single lengths are those of the program for all lengths",
                () => LengthSections.Verify(loaded.Image, loaded.Program, invocation.Token.ThrowIfCancellationRequested));
        }
    }

    private void Check(string what, Action check)
    {
        int before = _findings.Count;
        try
        {
            check();
        }
        catch (CompilationException e)
        {
            _findings.AddRange(e.Diagnostics);
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.All(i => i is CompilationException))
        {
            _findings.AddRange(
                e.Flatten().InnerExceptions.Cast<CompilationException>().SelectMany(i => i.Diagnostics).OrderBy(d => d.Location, StringComparer.Ordinal));
        }

        _checks.Add((what, _findings.Count == before));
    }
}
