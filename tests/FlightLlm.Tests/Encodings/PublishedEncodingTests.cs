using System.Globalization;
using Flightc.Diagnostics;
using Flightc.FlightLlm;

namespace Flightc.Tests.FlightLlm;

public sealed class PublishedEncodingTests
{
    private static readonly PublishedUnit[] AllUnits = Enum.GetValues<PublishedUnit>();

    public static TheoryData<string> Names => [.. PublishedEncoding.All.Select(e => e.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Header_fields_and_reserved_bits_cover_every_bit_once(string name)
    {
        PublishedEncoding encoding = PublishedEncoding.Named(name)!;
        foreach (InstructionForm form in encoding.Forms)
        {
            List<(int Word, int Bit)> bits = [];
            foreach (BitRange range in (BitRange[])[encoding.Opcode, encoding.Wait, encoding.Release, .. form.Fields.SelectMany(f => f.Ranges), .. form.Reserved])
            {
                bits.AddRange(Enumerable.Range(range.Low, range.Width).Select(bit => (range.Word, bit)));
            }

            Assert.Equal(Enumerable.Range(0, form.Words).SelectMany(w => Enumerable.Range(0, 32).Select(b => (w, b))), bits.Order());
        }
    }

    [Theory]
    [InlineData("w0[25:1]", "SYS uses w0[0] 0 times")]
    [InlineData("w0[26:0]", "SYS uses w0[26] 2 times")]
    [InlineData("w0[25:0]+w1[0]", "SYS has w1[0], but only 1 words")]
    public void A_table_with_a_hole_or_an_overlap_is_refused(string field, string fault)
    {
        InstructionForm form = new(PublishedUnit.System, 15, 1, ["barrier"], [PublishedField.Number("x", field, "")]);
        InstructionForm other = new(PublishedUnit.Load, 1, 1, ["load"], [PublishedField.Number("x", "w0[25:0]", "")]);

        ArgumentException e = Assert.Throws<ArgumentException>(() => new PublishedEncoding("test", new(0, 31, 28), new(0, 27, 27), new(0, 26, 26), [other, form]));
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_with_masks_or_opcodes_that_do_not_fit_is_refused()
    {
        InstructionForm load = new(PublishedUnit.Load, 1, 1, ["load"], [PublishedField.Number("x", "w0[25:0]", "")]);
        InstructionForm store = new(PublishedUnit.Store, 1, 1, ["store"], [PublishedField.Number("x", "w0[25:0]", "")]);
        InstructionForm unnamed = new(PublishedUnit.Store, 2, 1, ["store", "more"], [PublishedField.Number("x", "w0[25:0]", "")]);

        Assert.Contains("opcode 1 stands twice", Refusal(new(0, 27, 27), store), StringComparison.Ordinal);
        Assert.Contains("2 units want masks of 1 bits", Refusal(new(0, 27, 26), store), StringComparison.Ordinal);
        Assert.Contains("ST has 2 mnemonics for 1 choices", Refusal(new(0, 27, 27), unnamed), StringComparison.Ordinal);

        string Refusal(BitRange wait, InstructionForm second) =>
            Assert.Throws<ArgumentException>(() => new PublishedEncoding("test", new(0, 31, 28), wait, new(0, 26, 26), [load, second])).Message;
    }

    [Fact]
    public void Instructions_have_the_published_lengths()
    {
        Assert.Equal([7, 3, 4, 4, 3, 1], AllUnits.Select(PublishedEncoding.Vhk158.WordsOf));
        Assert.Equal([5, 4, 5, 3, 1], PublishedEncoding.U280.Units.Select(PublishedEncoding.U280.WordsOf));
        Assert.Throws<ArgumentException>(() => PublishedEncoding.U280.WordsOf(PublishedUnit.Vector));
    }

    [Fact]
    public void The_program_of_a_published_step_has_its_published_length()
    {
        // One decode step at context 16: LD, MV, MISC, ST and SYS as the published generator counts them.
        (PublishedUnit Unit, long Count)[] step =
            [(PublishedUnit.Load, 82_386), (PublishedUnit.Vector, 8_830), (PublishedUnit.Misc, 4_545), (PublishedUnit.Store, 418), (PublishedUnit.System, 418)];

        Assert.Equal(2_509_316, step.Sum(s => s.Count * PublishedEncoding.Vhk158.WordsOf(s.Unit) * 4));
    }

    /// <summary>Words worked out by hand from the published table.</summary>
    [Fact]
    public void Every_form_of_the_vhk158_has_its_words()
    {
        PublishedEncoding a = PublishedEncoding.Vhk158;
        Check(
            a.Instruction(
                PublishedUnit.Load, PublishedUnits.Store | PublishedUnits.System, PublishedUnits.Vector,
                ("mode", 4), ("hbm_channel_id", 5), ("bank_addr", 0xabc), ("src_1d_stride", 0x2_0000_0001), ("src_2d_stride", 0x2_0000_0001),
                ("src_3d_stride", 0x2_0000_0001), ("hbm_addr", 0x3_0000_0002), ("1d_loop", 1), ("2d_loop", 2), ("3d_loop", 3), ("zero_fill", 1), ("hbm_type", 1), ("1d_length", 0x7ffff0)),
            "load.a", 0x18925abc, 0x00000001, 0x00000006, 0x00000018, 0x000000a0, 0x010203c0, 0x02fffff0);
        Check(
            a.Instruction(
                PublishedUnit.Store, PublishedUnits.Misc, PublishedUnits.System, ("bank_addr", 0x123), ("1d_loop", 0x11), ("rs_col", 1), ("hbm_addr", 0x2_0000_0003),
                ("hbm_type", 1), ("hbm_channel_id", 6), ("1d_length", 0x1001)),
            "store", 0x210448e3, 0x00000003, 0x1c004006);
        (string, long)[] product =
        [
            ("K", 0x2001), ("output_flag", 1), ("relu_flag", 1), ("bias_start_addr", 0xabc), ("meta_start_addr", 0x123), ("fsb_start_addr", 0x456),
            ("A_start_addr", 0x789), ("B_start_addr", 0xdef), ("out_start_addr", 0x321),
        ];
        Check(a.Instruction(PublishedUnit.Matrix, PublishedUnits.Load, PublishedUnits.Load, product), "multiply", 0x3842001a, 0xbc123456, 0x0789defa, 0x00000321);
        Check(a.Instruction(PublishedUnit.Vector, PublishedUnits.Matrix, PublishedUnits.Misc, product), "multiply", 0x420a001a, 0xbc123456, 0x0789defa, 0x00000321);
        Check(
            a.Instruction(
                PublishedUnit.Misc, PublishedUnits.Vector, PublishedUnits.Store, ("in_a_start_addr", 0x123), ("mask_flag", 1), ("operation_flag", 2), ("in_b_start_addr", 0x456), ("out_start_addr", 0x789), ("K", 3)),
            "softmax", 0x512048d2, 0x45678900, 0x000c0000);
        Check(a.Instruction(PublishedUnit.System, PublishedUnits.Store, PublishedUnits.Load), "barrier", 0xf4400000);

        void Check(PublishedInstruction instruction, string mnemonic, params uint[] words)
        {
            uint[] encoded = new uint[instruction.Words];
            a.Encode(instruction, encoded);
            Assert.Equal(words.Select(Hex), encoded.Select(Hex));
            Assert.Equal(mnemonic, instruction.Mnemonic);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Random_instructions_come_back_as_they_were(string name)
    {
        PublishedEncoding encoding = PublishedEncoding.Named(name)!;
        RandomNumbers random = new(7);
        List<PublishedInstruction> wanted = [];
        for (int i = 0; i < 2000; i++)
        {
            InstructionForm form = encoding.Forms[random.Below(encoding.Forms.Count)];
            PublishedUnits units = (PublishedUnits)encoding.Units.Where(u => u != form.Unit).Sum(u => (int)u.AsSet());

            // The end of a program can only stand at its end.
            long[] values = [.. form.Fields.Select(f => f.Name == encoding.EndField ? 0 : ValueOf(f, random))];
            wanted.Add(new(form, units & (PublishedUnits)random.Below(64), units & (PublishedUnits)random.Below(64), values));
        }

        PublishedProgram program = PublishedProgram.Decode(encoding, PublishedProgram.Of(encoding, wanted).ToBytes(), "random");

        Assert.Equal(wanted.Count, program.Count);
        for (int i = 0; i < wanted.Count; i++)
        {
            Assert.Same(wanted[i].Form, program[i].Form);
            Assert.Equal((wanted[i].Wait, wanted[i].Release), (program[i].Wait, program[i].Release));
            Assert.Equal(wanted[i].Values, program[i].Values);
        }
    }

    [Fact]
    public void Every_bit_of_a_word_matters_or_is_refused()
    {
        foreach (PublishedEncoding encoding in PublishedEncoding.All)
        {
            foreach (InstructionForm form in encoding.Forms)
            {
                byte[] zero = PublishedProgram.Of(encoding, [encoding.Instruction(form.Unit)]).ToBytes();
                for (int bit = 0; bit < form.Words * 32; bit++)
                {
                    byte[] bytes = [.. zero];
                    bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                    if (bit is >= 28 and < 32)
                    {
                        continue;
                    }

                    if (form.Reserved.Any(r => r.Word == bit / 32 && bit % 32 >= r.Low && bit % 32 <= r.High))
                    {
                        Assert.Contains("reserved", Refused(encoding, bytes).Message, StringComparison.Ordinal);
                    }
                    else if (form.Fields.All(f => f.Values == 0 || !f.Ranges.Any(r => r.Word == bit / 32 && bit % 32 >= r.Low && bit % 32 <= r.High)))
                    {
                        PublishedProgram program = PublishedProgram.Decode(encoding, bytes, "bit");
                        Assert.Equal(bytes, PublishedProgram.Of(encoding, [program[0]]).ToBytes());
                    }
                }
            }
        }
    }

    [Fact]
    public void A_mask_has_the_other_units_most_significant_bit_first()
    {
        // MISC of A: LD, ST, MM, MV, SYS; MISC of B: LD, ST, MM, SYS.
        Assert.Equal(PublishedUnits.Load | PublishedUnits.Vector, PublishedEncoding.Vhk158.UnitsOf(PublishedUnit.Misc, 0b10010));
        Assert.Equal(PublishedUnits.Store | PublishedUnits.System, PublishedEncoding.U280.UnitsOf(PublishedUnit.Misc, 0b0101));
        Assert.Throws<ArgumentException>(() => PublishedProgram.Of(PublishedEncoding.U280, [PublishedEncoding.U280.Instruction(PublishedUnit.Load, PublishedUnits.Vector)]));
        Assert.Throws<ArgumentException>(() => PublishedEncoding.Vhk158.Instruction(PublishedUnit.Load, PublishedUnits.Load));
        Assert.Throws<ArgumentException>(() => PublishedProgram.Of(PublishedEncoding.U280, [PublishedEncoding.Vhk158.Instruction(PublishedUnit.Load)]));
    }

    [Fact]
    public void A_value_that_does_not_fit_is_refused()
    {
        CompilationException e = Assert.Throws<CompilationException>(() => PublishedEncoding.Vhk158.Instruction(PublishedUnit.Matrix, fields: ("K", 1 << 14)));
        Assert.Equal(Codes.ProgramInvalid, e.Diagnostics[0].Code);
        Assert.Equal("MM has K 16384; it can be 0 to 16383", e.Diagnostics[0].Message);
        Assert.Throws<CompilationException>(() => PublishedEncoding.Vhk158.Instruction(PublishedUnit.Load, fields: ("mode", 6)));
        Assert.Throws<ArgumentException>(() => PublishedEncoding.Vhk158.Instruction(PublishedUnit.Load, fields: ("K", 1)));
        Assert.Throws<ArgumentException>(() => PublishedEncoding.Vhk158.Instruction(PublishedUnit.Load)["K"]);
        Assert.Throws<ArgumentException>(() => new PublishedInstruction(PublishedEncoding.Vhk158.FormOf(PublishedUnit.Store), PublishedUnits.None, PublishedUnits.None, 1, 2));
    }

    [Theory]
    [InlineData("flightllm-u280-1.3", "", "at byte 0: there is no instruction")]
    [InlineData("flightllm-u280-1.3", "000008f000", "at byte 4: the file ends with 1 bytes of a word; words have 4")]
    [InlineData("flightllm-u280-1.3", "000000f000000050", "at byte 4: no instruction has opcode 5 (word 0x50000000)")]
    [InlineData("flightllm-u280-1.3", "000000f000000010000000f0", "at byte 4: LD has 5 words, but the file ends after 2")]
    [InlineData("flightllm-u280-1.3", "000008f00000000000000000", "at byte 4: 2 words stand behind the instruction that ends the program")]
    [InlineData("flightllm-vhk158", "000000f000000000", "at byte 4: no instruction has opcode 0 (word 0x00000000)")]
    [InlineData("flightllm-vhk158", "000000f0010000f0", "at byte 4: SYS has bits in w0[17:0], which is reserved")]
    [InlineData("flightllm-vhk158", "060000500000000000000000", "at byte 0: MISC has operation_flag 6; it can be 0 to 5")]
    [InlineData("flightllm-vhk158", "00000020", "at byte 0: ST has 3 words, but the file ends after 1")]
    public void Bytes_that_are_no_program_are_refused_with_their_place(string name, string bytes, string message)
    {
        Diagnostic diagnostic = Refused(PublishedEncoding.Named(name)!, Convert.FromHexString(bytes));

        Assert.Equal(message, diagnostic.Message);
        Assert.Equal("test.bin", diagnostic.Location);
    }

    [Fact]
    public void A_line_shows_unit_tokens_and_fields()
    {
        PublishedEncoding a = PublishedEncoding.Vhk158;
        PublishedProgram program = PublishedProgram.Of(
            a,
            [
                a.Instruction(PublishedUnit.Load, PublishedUnits.System, PublishedUnits.Matrix | PublishedUnits.Vector, ("mode", 1), ("hbm_addr", 0x2_0000_0001), ("1d_length", 4096)),
                a.Instruction(PublishedUnit.System, PublishedUnits.Store, PublishedUnits.None),
            ]);
        using StringWriter text = new();
        PublishedDisassembly.Write(program, text);

        Assert.Equal(
            """
            0x00000000  LD    load.meta   wait=SYS release=MM,MV hbm_channel_id=0 bank_addr=0x0 src_1d_stride=0 src_2d_stride=0 src_3d_stride=0 hbm_addr=0x200000001 1d_loop=0 2d_loop=0 3d_loop=0 zero_fill=0 hbm_type=0 1d_length=4096
            0x0000001c  SYS   barrier     wait=ST release=-
            ; 8 words, 2 instructions: LD 1, ST 0, MM 0, MV 0, MISC 0, SYS 1

            """.ReplaceLineEndings("\n"), text.ToString());
    }

    private static Diagnostic Refused(PublishedEncoding encoding, byte[] bytes)
    {
        CompilationException e = Assert.Throws<CompilationException>(() => PublishedProgram.Decode(encoding, bytes, "test.bin"));
        Assert.Equal(Codes.ProgramText, e.Diagnostics[0].Code);
        return e.Diagnostics[0];
    }

    private static long ValueOf(PublishedField field, RandomNumbers random) =>
        field.Values > 0 ? random.Below(field.Values) : (long)(random.Next() >> (64 - field.Width));

    private static string Hex(uint word) => word.ToString("x8", CultureInfo.InvariantCulture);
}
