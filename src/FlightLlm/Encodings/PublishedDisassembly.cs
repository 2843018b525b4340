using System.Globalization;
using System.Text;

namespace Flightc.FlightLlm;

/// <summary>A published program as text for people: a line per instruction, then how many there are.</summary>
/// <remarks>
/// <code>
/// 0x00000000  LD    load        wait=- release=- w0=0x8000 w1=0x1000 … ; inferred: mode=1 channel=0 …
/// ; 76625 words, 15455 instructions: LD 14232, ST 390, MM 704, MISC 128, SYS 1
/// </code>
/// What stands behind <c>inferred:</c> is a hypothesis about the bits before it.
/// </remarks>
public static class PublishedDisassembly
{
    /// <summary>Writes the text.</summary>
    public static void Write(PublishedProgram program, TextWriter text)
    {
        for (int i = 0; i < program.Count; i++)
        {
            text.Write(Line(program, i));
            text.Write('\n');
        }

        text.Write($"; {Summary(program)}\n");
    }

    /// <summary><c>76625 words, 15455 instructions: LD 14232, …</c></summary>
    public static string Summary(PublishedProgram program)
    {
        string units = string.Join(", ", program.CountByUnit().Select(u => $"{u.Unit.Name()} {u.Count}"));
        return $"{program.Words.Length} words, {program.Count} instructions: {units}";
    }

    /// <summary>The line of an instruction, without its end.</summary>
    public static string Line(PublishedProgram program, int index)
    {
        PublishedInstruction instruction = program[index];
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"0x{program.ByteOf(index):x8}  ");
        line.Append(CultureInfo.InvariantCulture, $"{instruction.Unit.Name(),-4}  {instruction.Mnemonic,-11} ");
        line.Append(CultureInfo.InvariantCulture, $"wait={instruction.Wait.Text()} release={instruction.Release.Text()}");
        for (int i = 0; i < instruction.Values.Count; i++)
        {
            PublishedField field = instruction.Form.Fields[i];

            // The mnemonic has said it.
            if (field.Name != instruction.Form.Selector)
            {
                Append(line, field, instruction.Values[i]);
            }
        }

        line.Append(instruction.Form.Inferred.Count == 0 ? "" : " ; inferred:");
        foreach (PublishedField field in instruction.Form.Inferred)
        {
            Append(line, field, field.Read(program.WordsOf(index)));
        }

        return line.ToString();
    }

    private static void Append(StringBuilder line, PublishedField field, long value) =>
        _ = field.IsHexadecimal
            ? line.Append(CultureInfo.InvariantCulture, $" {field.Name}=0x{value:x}")
            : line.Append(CultureInfo.InvariantCulture, $" {field.Name}={value}");
}
