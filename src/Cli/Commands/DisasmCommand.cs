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
    private readonly Argument<string> _image = Declarations.ImageOrProgram();
    private readonly Option<string> _isa = Declarations.InstructionSet();

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc disasm stories.flight | less", "read the program"),
        ("flightc disasm inst.bin --isa flightllm-u280-1.3", "read bare instructions of the published U280"),
    ];

    /// <inheritdoc/>
    public override string Details =>
        "Text of an image parses back. That of bare instructions of a published machine ends with their number by unit; see docs/published.md.";

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
            new PublishedReport(path, published).WriteAssembly(invocation.Output);
            return ExitCode.Success;
        }

        using Image image = Image.Open(path);
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
