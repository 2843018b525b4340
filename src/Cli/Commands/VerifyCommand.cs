using System.CommandLine;
using Flightc.Cli.Images;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc verify</c></summary>
internal sealed class VerifyCommand : CommandDefinition
{
    private readonly Argument<string> _image = Declarations.Image();

    /// <inheritdoc/>
    public override string Name => "verify";

    /// <inheritdoc/>
    public override string Description => "Prove that an image is undamaged and that its program cannot go wrong";

    /// <inheritdoc/>
    public override string Details =>
        """
        Checked are the hashes of all sections, the form of the program, that the tokens by which units wait for each other balance and no unit can wait for ever,
        addresses and capacities at every length, and that the weight streams hold exactly what the program takes from them.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
        [("flightc verify stories.flight", "exit code 0, or 4 with everything that was found")];

    /// <inheritdoc/>
    public override void Declare(Command command) => command.Add(_image);

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        Verification verification = Verification.Of(arguments.GetRequiredValue(_image), invocation);
        invocation.Output.Report(verification.Findings);
        verification.Write(invocation.Output);
        return verification.Findings.Count == 0 ? ExitCode.Success : ExitCode.VerificationFailed;
    }
}
