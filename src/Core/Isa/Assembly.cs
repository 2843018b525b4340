using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>A program as text, line by line; the text parses back to an equal program.</summary>
/// <remarks>
/// <code>
/// program isa=flightc-1
/// geometry target=u280 channelbytes=268435456 ddrbytes=34359738368 scratchbytes=4194304 weightring=65536 cachering=65536 page=4096
/// channels first=0 count=11
/// memory ids=65536 logits=131072 logitspitch=4096 vocabulary=512 ...
/// register number=0 name=past value=past
/// entry name=decode
///   core 0
///     stream ld
///       ld.weights pages=12 ; layers.0.attn.q
///       loop count=0+1*R1
///         ld.kv wait=st addr=4096+64*L0 bytes=64 rows=1
///       endloop
///   symbol name=layers.0.attn.q form=values core=0 unit=mv index=3 address=64 stride=256 first=0 count=64
/// </code>
/// A line is a word, words or <c>key=value</c> pairs, and a comment that is the provenance of an instruction
/// and is ignored elsewhere. Keys left out are 0 (fields of instructions, flags) or none (<c>wait</c>,
/// <c>release</c>). Strings stand in double quotes unless they are plain words; in them, and in provenance,
/// <c>\\</c>, <c>\"</c>, <c>\n</c> and <c>\r</c> are escapes. Indentation does not matter.
/// </remarks>
public static class Assembly
{
    /// <summary>The text of a program.</summary>
    /// <exception cref="CompilationException">An entry lacks a stream (FLC4001).</exception>
    public static string Print(MachineProgram program) => new AssemblyPrinter().Print(program);

    /// <summary>The text of one instruction, without indentation.</summary>
    public static string Print(Instruction instruction) => AssemblyPrinter.Print(instruction);

    /// <summary>The program of a text.</summary>
    /// <param name="text">The text; it may be hostile.</param>
    /// <param name="file">Name of the text in errors.</param>
    /// <exception cref="CompilationException">It is not a program (FLC4002, with line and column).</exception>
    public static MachineProgram Parse(string text, string file = "program") =>
        new AssemblyParser(text, file).Parse();

    /// <summary>The instruction of a line.</summary>
    /// <exception cref="CompilationException">It is not an instruction (FLC4002).</exception>
    public static Instruction ParseInstruction(string line) =>
        AssemblyParser.Instruction(new AssemblyLine(line, "line", 1));
}
