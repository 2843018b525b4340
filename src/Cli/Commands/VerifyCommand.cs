using System.CommandLine;
using Flightc.Cli.Images;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc verify</c></summary>
internal sealed class VerifyCommand : CommandDefinition
{
    private readonly Argument<string> _image = Declarations.ImageOrProgram();
    private readonly Option<string> _isa = Declarations.InstructionSet();

    /// <inheritdoc/>
    public override string Details =>
        """
        Checked are the hashes of all sections, the form of the program, that the tokens by which units wait for each other balance and no unit can wait for ever,
        addresses and capacities at every length, and that the weight streams hold exactly what the program takes from them. Of bare instructions of a published machine only tokens can be checked: balance and progress; see docs/published.md.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc verify stories.flight", "exit code 0, or 4 with everything that was found"),
        ("flightc verify inst.bin --isa flightllm-u280-1.3", "likewise for bare instructions of the published U280"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_image);
        command.Add(_isa);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string path = arguments.GetRequiredValue(_image);
        if (PublishedFile.Read(path, arguments.GetValue(_isa)) is { } published)
        {
            IReadOnlyList<Diagnostic> findings = new PublishedReport(path, published).WriteVerification(invocation.Output);
            invocation.Output.Report(findings);
            return findings.Count == 0 ? ExitCode.Success : ExitCode.VerificationFailed;
        }

        Verification verification = Verification.Of(path, invocation);
        invocation.Output.Report(verification.Findings);
        verification.Write(invocation.Output);
        return verification.Findings.Count == 0 ? ExitCode.Success : ExitCode.VerificationFailed;
    }
}
