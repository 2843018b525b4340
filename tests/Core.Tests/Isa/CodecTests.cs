using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Tests.Isa;

public sealed class CodecTests
{
    public static TheoryData<string> Mnemonics => [.. RandomPrograms.Mnemonics];

    [Fact]
    public void No_two_instructions_share_a_code_or_a_name_or_a_field_name()
    {
        Instruction[] all = [.. InstructionSet.All];

        Assert.Equal(all.Length, all.Select(i => (i.Opcode, i.Mode)).Distinct().Count());
        Assert.Equal(all.Length, all.Select(i => i.Mnemonic).Distinct().Count());
        foreach (Instruction instruction in all)
        {
            List<InstructionField> fields = InstructionField.Of(instruction);
            Assert.Equal(fields.Count, fields.Select(f => f.Name).Append("wait").Append("release").Distinct().Count() - 2);
            Assert.All(fields, f => Assert.InRange(f.Bits, 1, 40));
            Assert.Equal(instruction.GetType(), InstructionSet.Create(instruction.Opcode, instruction.Mode)!.GetType());
        }
    }

    [Fact]
    public void Every_instruction_class_is_in_the_table()
    {
        IEnumerable<Type> classes = typeof(Instruction).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Instruction)));

        Assert.Equal(classes.OrderBy(t => t.Name), InstructionSet.All.Select(i => i.GetType()).Distinct().OrderBy(t => t.Name));
    }

    [Theory]
    [MemberData(nameof(Mnemonics))]
    public void An_instruction_survives_encoding_and_printing(string mnemonic)
    {
        RandomPrograms random = new(mnemonic.Length);
        for (int i = 0; i < 200; i++)
        {
            Instruction instruction = random.Instruction(mnemonic);
            uint[] words = InstructionEncoding.Encode([instruction]);

            Instruction decoded = Assert.Single(InstructionEncoding.Decode(words));
            AssertEqual(instruction, decoded, withProvenance: false);
            Assert.Equal(words, InstructionEncoding.Encode([decoded]));
            AssertEqual(instruction, Assembly.ParseInstruction(Assembly.Print(instruction)), withProvenance: true);
        }
    }

    [Fact]
    public void Words_are_as_documented()
    {
        LoadCache load = new() { Wait = Units.Store, Release = Units.Matrix | Units.System, Address = new Operand(0x12_3456_789AL, new AffineTerm(Source.Register(3), -2)), Bytes = 0x40, Rows = Source.Loop(1) };

        uint[] words = InstructionEncoding.Encode([load]);

        uint header = (1u << 28) | (2u << 21) | (0x44u << 14) | (1u << 10) | (2u << 4);
        Assert.Equal([header, 0x3456_789A, 0x0000_4012, 0x0001_0000, 0, 0, 0x0003_0000, 0xffff_fffe, 0x0211_0000, 1], words);
    }

    [Theory]
    [InlineData(-1, "addr")]
    [InlineData(1L << 40, "addr")]
    public void A_constant_that_does_not_fit_is_refused_by_field_name(long address, string field)
    {
        CompilationException e = Assert.Throws<CompilationException>(() => InstructionEncoding.Encode([new LoadWeights { Address = address }]));

        Assert.Equal(Codes.ProgramInvalid, e.Diagnostics[0].Code);
        Assert.Contains($"'{field}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_terms_are_refused()
    {
        AffineTerm[] terms = [.. Enumerable.Repeat(new AffineTerm(Source.Register(1), 1), 64)];

        Assert.Throws<CompilationException>(() => InstructionEncoding.Encode([new LoadWeights { Address = new Operand(0, terms) }]));
    }

    [Theory]
    [InlineData("no instruction has", 0x7000_0000u)]
    [InlineData("no instruction has", 0x0000_0400u)]
    [InlineData("reserved bits of the header", 0x0000_0001u)]
    [InlineData("the words end", 0x1000_0000u)]
    [InlineData("the words end", 0x1000_0010u, 0u, 0u)]
    [InlineData("the words end", 0x1000_0010u, 0u, 0u, 0u)]
    [InlineData("field number", 0x1000_0010u, 0u, 0u, 0x0200_0000u, 1u)]
    [InlineData("out of order", 0x1000_0020u, 0u, 0u, 0x0100_0000u, 1u, 0x0000_0000u, 1u)]
    [InlineData("source 18", 0x1000_0010u, 0u, 0u, 0x0012_0000u, 1u)]
    [InlineData("reserved bits of an affine", 0x1000_0010u, 0u, 0u, 0x0001_0001u, 1u)]
    [InlineData("coefficient is 0", 0x1000_0010u, 0u, 0u, 0u, 0u)]
    [InlineData("padding", 0xd000_0000u, 0x0100_0000u)]
    public void Words_that_are_no_instruction_are_refused(string message, params uint[] words)
    {
        CompilationException e = Assert.Throws<CompilationException>(() => InstructionEncoding.Decode(words));

        Assert.Equal(Codes.ProgramText, e.Diagnostics[0].Code);
        Assert.StartsWith("word ", e.Diagnostics[0].Location, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    internal static void AssertEqual(Instruction expected, Instruction actual, bool withProvenance)
    {
        Assert.Equal(expected.Mnemonic, actual.Mnemonic);
        Assert.Equal(expected.Wait, actual.Wait);
        Assert.Equal(expected.Release, actual.Release);
        Assert.Equal(InstructionField.Of(expected), InstructionField.Of(actual));
        Assert.Equal(withProvenance ? expected.Provenance : "", actual.Provenance);
    }
}
