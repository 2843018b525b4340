using System.CommandLine;
using Flightc.Cli.Images;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc inspect</c></summary>
internal sealed class InspectCommand : CommandDefinition
{
    private readonly Argument<string> _image = Declarations.Image();
    private readonly Option<bool> _manifest = new("--manifest") { Description = "Print the manifest alone, as the image's text form: JSON with a line for every item" };

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc inspect stories.flight", "for people"),
        ("flightc inspect stories.flight --manifest > manifest.json", "for 'diff'"),
        ("flightc inspect stories.flight --json", "for scripts"),
    ];

    /// <inheritdoc/>
    public override string Details => "Contents of weights are not read; 'flightc verify' checks those.";

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_image);
        command.Add(_manifest);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        using Image image = Image.Open(arguments.GetRequiredValue(_image));
        if (arguments.GetValue(_manifest))
        {
            invocation.Output.Results.Write(image.Manifest.ToString());
        }
        else
        {
            InspectReport.Write(image, invocation.Output);
        }

        return ExitCode.Success;
    }
}
