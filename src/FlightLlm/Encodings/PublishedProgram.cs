using System.Buffers.Binary;
using Flightc.Diagnostics;

namespace Flightc.FlightLlm;

/// <summary>A program in one of the published encodings: words whose every bit belongs to an instruction.</summary>
public sealed class PublishedProgram
{
    private const int WordBytes = 4;

    private readonly uint[] _words;
    private readonly List<int> _starts;

    private PublishedProgram(PublishedEncoding encoding, uint[] words, string location)
    {
        Encoding = encoding;
        _words = words;
        _starts = Walk(encoding, words, location);
    }

    /// <summary>The encoding.</summary>
    public PublishedEncoding Encoding { get; }

    /// <summary>The words, as they lie in memory.</summary>
    public ReadOnlySpan<uint> Words => _words;

    /// <summary>Number of instructions; at least 1.</summary>
    public int Count => _starts.Count;

    /// <summary>An instruction.</summary>
    public PublishedInstruction this[int index]
    {
        get
        {
            InstructionForm form = FormOf(index);
            ReadOnlySpan<uint> words = _words.AsSpan(_starts[index], form.Words);
            long[] values = new long[form.Fields.Count];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = form.Fields[i].Read(words);
            }

            return new PublishedInstruction(form, WaitOf(index), ReleaseOf(index), values);
        }
    }

    /// <summary>Walks the words of a file to its end. The bytes may be hostile.</summary>
    /// <param name="encoding">How to read them.</param>
    /// <param name="bytes">The whole file: little-endian words without a header.</param>
    /// <param name="location">Its name, for messages.</param>
    /// <exception cref="CompilationException">
    /// It is empty, no whole number of words, has an opcode or a value that does not exist, a reserved bit that is
    /// not 0, an instruction without its end, or words behind the program's end (FLC4002, with the byte).
    /// </exception>
    public static PublishedProgram Decode(PublishedEncoding encoding, ReadOnlySpan<byte> bytes, string location)
    {
        if (bytes.Length % WordBytes != 0)
        {
            throw Fault(
                location, bytes.Length / WordBytes,
                $"the file ends with {bytes.Length % WordBytes} bytes of a word; words have {WordBytes}");
        }

        uint[] words = new uint[bytes.Length / WordBytes];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * WordBytes)..]);
        }

        return new PublishedProgram(encoding, words, location);
    }

    /// <summary>A program of these instructions.</summary>
    /// <exception cref="CompilationException">There are none, or some stand behind the program's end (FLC4002).</exception>
    /// <exception cref="ArgumentException">One is of another encoding.</exception>
    public static PublishedProgram Of(PublishedEncoding encoding, IReadOnlyList<PublishedInstruction> instructions)
    {
        uint[] words = new uint[instructions.Sum(i => i.Words)];
        int start = 0;
        foreach (PublishedInstruction instruction in instructions)
        {
            encoding.Encode(instruction, words.AsSpan(start, instruction.Words));
            start += instruction.Words;
        }

        return new PublishedProgram(encoding, words, "program");
    }

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[_words.Length * WordBytes];
        for (int i = 0; i < _words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * WordBytes), _words[i]);
        }

        return bytes;
    }

    /// <summary>Where an instruction begins, in bytes.</summary>
    public long ByteOf(int index) => (long)_starts[index] * WordBytes;

    /// <summary>The words of an instruction.</summary>
    public ReadOnlySpan<uint> WordsOf(int index) => _words.AsSpan(_starts[index], FormOf(index).Words);

    /// <summary>The row of an instruction.</summary>
    public InstructionForm FormOf(int index) => Encoding.FormWith((int)Encoding.Opcode.Read(_words.AsSpan(_starts[index])))!;

    /// <summary>The unit of an instruction.</summary>
    public PublishedUnit UnitOf(int index) => FormOf(index).Unit;

    /// <summary>For whose tokens an instruction waits.</summary>
    public PublishedUnits WaitOf(int index) =>
        Encoding.UnitsOf(UnitOf(index), Encoding.Wait.Read(_words.AsSpan(_starts[index])));

    /// <summary>To whom an instruction releases a token.</summary>
    public PublishedUnits ReleaseOf(int index) =>
        Encoding.UnitsOf(UnitOf(index), Encoding.Release.Read(_words.AsSpan(_starts[index])));

    /// <summary>Whether an instruction ends the program, where the encoding can say so.</summary>
    public bool EndsAt(int index) => Ends(Encoding, FormOf(index), WordsOf(index));

    /// <summary>Number of instructions of every unit that the machine has, in the order of its units.</summary>
    public IReadOnlyList<(PublishedUnit Unit, int Count)> CountByUnit()
    {
        int[] counts = new int[PublishedUnitExtensions.Count];
        for (int i = 0; i < Count; i++)
        {
            counts[(int)UnitOf(i)]++;
        }

        return [.. Encoding.Units.Select(unit => (unit, counts[(int)unit]))];
    }

    private static List<int> Walk(PublishedEncoding encoding, uint[] words, string location)
    {
        if (words.Length == 0)
        {
            throw Fault(location, 0, "there is no instruction");
        }

        List<int> starts = [];
        bool hasEnded = false;
        for (int at = 0; at < words.Length;)
        {
            if (hasEnded)
            {
                throw Fault(location, at, $"{words.Length - at} words stand behind the instruction that ends the program");
            }

            uint opcode = encoding.Opcode.Read(words.AsSpan(at));
            InstructionForm form = encoding.FormWith((int)opcode) ?? throw Fault(
                location, at, $"no instruction has opcode {opcode} (word 0x{words[at]:x8})");
            if (form.Words > words.Length - at)
            {
                throw Fault(
                    location, at, $"{form.Unit.Name()} has {form.Words} words, but the file ends after {words.Length - at}");
            }

            ReadOnlySpan<uint> instruction = words.AsSpan(at, form.Words);
            Check(form, instruction, location, at);
            hasEnded = Ends(encoding, form, instruction);
            starts.Add(at);
            at += form.Words;
        }

        return starts;
    }

    private static void Check(InstructionForm form, ReadOnlySpan<uint> instruction, string location, int at)
    {
        foreach (PublishedField field in form.Fields)
        {
            if (field.Read(instruction) is long value && !field.Accepts(value))
            {
                throw Fault(location, at, PublishedInstruction.Misfit(form, field, value));
            }
        }

        foreach (BitRange range in form.Reserved)
        {
            if (range.Read(instruction) != 0)
            {
                throw Fault(location, at, $"{form.Unit.Name()} has bits in {range}, which is reserved");
            }
        }
    }

    private static bool Ends(PublishedEncoding encoding, InstructionForm form, ReadOnlySpan<uint> instruction) =>
        encoding.EndField.Length > 0 && form.Unit == PublishedUnit.System
        && form.Fields[form.IndexOf(encoding.EndField)].Read(instruction) == 1;

    private static CompilationException Fault(string location, int word, string message) => new(
        Codes.ProgramText, $"at byte {(long)word * WordBytes}: {message}", location,
        "name the file's own encoding with --isa; docs/published.md has both");
}
