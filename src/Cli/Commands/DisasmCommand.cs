using System.CommandLine;
using System.Text.Json.Nodes;
using Flightc.Cli.Images;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc disasm</c></summary>
internal sealed class DisasmCommand : CommandDefinition
{
    private readonly Argument<string> _image = Declarations.Image();

    /// <inheritdoc/>
    public override string Name => "disasm";

    /// <inheritdoc/>
    public override string Description => "Print the program of an image as assembly text, which parses back";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
        [("flightc disasm stories.flight | less", "read the program")];

    /// <inheritdoc/>
    public override void Declare(Command command) => command.Add(_image);

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        using Image image = Image.Open(arguments.GetRequiredValue(_image));
        string text = Assembly.Print(ImageProgram.Read(image));
        if (invocation.Output.IsJson)
        {
            invocation.Output.WriteJson(
                new JsonObject { ["image"] = image.Path, ["isa"] = image.Manifest.Isa, ["assembly"] = text });
            return ExitCode.Success;
        }

        invocation.Output.Results.Write(text);
        return ExitCode.Success;
    }
}
