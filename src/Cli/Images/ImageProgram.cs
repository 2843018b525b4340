using Flightc.Container;
using Flightc.Isa;

namespace Flightc.Cli.Images;

/// <summary>The program of an image.</summary>
internal static class ImageProgram
{
    /// <summary>Decodes it, with the names and origins of its symbols section where that holds any.</summary>
    /// <exception cref="Diagnostics.CompilationException">A section is missing or damaged.</exception>
    public static MachineProgram Read(Image image)
    {
        MachineProgram program = ProgramBinary.Read(image.Section(SectionNames.Program).Span);
        ImageSection symbols = image.Has(SectionNames.Symbols) ? image.Section(SectionNames.Symbols) : default;
        return symbols.Length == 0 ? program : ProgramBinary.ReadSymbols(program, symbols.Span);
    }
}
