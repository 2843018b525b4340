using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.FlightLlm;
using Flightc.Isa;

namespace Flightc.Cli.Images;

/// <summary>Files of bare instructions, which say nothing of themselves: <c>--isa</c> says how to read them.</summary>
internal static class PublishedFile
{
    /// <summary>Every name that <c>--isa</c> takes: that of images first.</summary>
    public static IReadOnlyList<string> InstructionSets { get; } =
        [MachineProgram.IsaVersion, .. PublishedEncoding.All.Select(e => e.Name)];

    private static string Choices => string.Join(" or ", PublishedEncoding.All.Select(e => $"'--isa {e.Name}'"));

    /// <summary>The program of a file of bare instructions; null where the file is an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isa">What <c>--isa</c> says; null where it is left out.</param>
    /// <exception cref="CompilationException">
    /// There is no such instruction set (FLC9001), the file cannot be read (FLC1001), is no image where one is wanted
    /// (FLC4003) or one where none is (FLC4004), or its words are no program (FLC4002).
    /// </exception>
    public static PublishedProgram? Read(string path, string? isa)
    {
        if (isa is null or MachineProgram.IsaVersion)
        {
            RequireImage(path);
            return null;
        }

        PublishedEncoding encoding = PublishedEncoding.Named(isa) ?? throw new CompilationException(
            Codes.Usage, $"no instruction set is called '{Excerpt.Of(isa)}'{Settings.Suggestion.For(isa, InstructionSets)}",
            help: $"there are {string.Join(", ", InstructionSets)}");
        byte[] bytes = InputFile.ReadAll(path, Array.MaxLength, Codes.ProgramText);
        return Image.HasSignature(path)
            ? throw new CompilationException(
                Codes.ImageMismatch, $"the file is an image, whose program is of {MachineProgram.IsaVersion}, not {isa}", path,
                "leave --isa out")
            : PublishedProgram.Decode(encoding, bytes, path);
    }

    private static void RequireImage(string path)
    {
        if (Image.HasSignature(path))
        {
            return;
        }

        try
        {
            using Image image = Image.Open(path);
        }
        catch (CompilationException e)
        {
            string hint = $"if these are bare instructions, say of which machine: {Choices}";
            throw new CompilationException([.. e.Diagnostics.Select(d => d with { Help = $"{d.Help}; {hint}" })], e);
        }
    }
}
