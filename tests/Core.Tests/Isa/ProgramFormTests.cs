using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Tests.Isa;

public sealed class ProgramFormTests
{
    private const string Header =
        """
        program isa=flightc-1
        geometry target=t channelbytes=65536 ddrbytes=65536 scratchbytes=4096 weightring=8192 cachering=1024 page=4096
        channels first=0 count=2
        memory ids=0 logits=64 logitspitch=64 vocabulary=4 context=16 maxtokens=4 weightbytes=4096 cache=4096 cachebytes=64 tablebytes=0 scoreslots=16 group=1

        """;

    [Fact]
    public void A_program_survives_its_text_and_its_bytes()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            MachineProgram program = new RandomPrograms(seed).Program();
            string text = Assembly.Print(program);

            AssertEqual(program, Assembly.Parse(text));
            Assert.Equal(text, Assembly.Print(Assembly.Parse(text.Replace("\n", "\r\n", StringComparison.Ordinal))));
            byte[] bytes = ProgramBinary.Write(program);
            byte[] symbols = ProgramBinary.WriteSymbols(program);
            MachineProgram read = ProgramBinary.Read(bytes);
            Assert.All(read.Entries, e => Assert.Empty(e.Symbols));
            AssertEqual(program, ProgramBinary.ReadSymbols(read, symbols));
        }
    }

    [Fact]
    public void Text_is_as_documented()
    {
        string text = Header +
            """
            register number=1 name=rows value="ceildiv(past, 2)"
            entry name=decode
              core 0
                stream ld
                  ld.weights release=mv,sys addr=4096+-64*L0+R1 pages=1 ; layers.0.attn.q
                  loop count=R1
                      sync
                  endloop
              ; a remark
              symbol name=q form=values core=0 unit=ld index=1 address=64 stride=0 first=0 count=4 onlywanted=1

            """;

        MachineProgram program = Assembly.Parse(text.Replace("+-", "-", StringComparison.Ordinal));

        IReadOnlyList<Instruction> stream = program.Decode.Streams[0][0];
        LoadWeights load = Assert.IsType<LoadWeights>(stream[0]);
        Assert.Equal(Units.Vector | Units.System, load.Release);
        Assert.Equal(new Operand(4096, new AffineTerm(Source.Loop(0), -64), new AffineTerm(Source.Register(1), 1)), load.Address);
        Assert.Equal("layers.0.attn.q", load.Provenance);
        Assert.Contains("\n      loop count=R1\n        sync\n      endloop\n", Assembly.Print(program), StringComparison.Ordinal);
        Assert.True(Assert.Single(program.Decode.Symbols).OnlyWanted);
    }

    [Theory]
    [InlineData("geometry target=t", "1:1", "the first line must be")]
    [InlineData("program isa=flightc-9", "1:1", "flightc-9")]
    [InlineData("program isa=flightc-1", "", "ends without a 'geometry'")]
    [InlineData("H:sync", "5:1", "outside a stream")]
    [InlineData("H:core 0", "5:1", "wrong place")]
    [InlineData("H:entry", "5:1", "'name=' is missing")]
    [InlineData("H:entry name=a\ncore 1", "6:1", "0 to 0")]
    [InlineData("H:entry name=a\ncore 0\nstream xx", "7:1", "no unit 'xx'")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nld.wait", "8:1", "no instruction 'ld.wait'")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nsync wait=ld,zz", "8:11", "no unit 'zz'")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nloop cont=1", "8:6", "no 'cont'")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nloop count=1 count=2", "8:14", "twice")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nloop count=1+2*R16", "8:13", "'2*R16'")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nloop count=1+2", "8:13", "'2'")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nloop count=", "8:12", "a value is missing")]
    [InlineData("H:entry name=a\ncore 0\nstream ld\nloop count=5000000000*R1", "8:12", "32-bit")]
    [InlineData("H:entry name=\"a", "5:12", "closing")]
    [InlineData("H:entry name=\"a\\x\"", "5:14", "after '\\'")]
    [InlineData("H:entry name=a\nsymbol name=q form=x", "6:20", "no form 'x'")]
    [InlineData("H:register number=16 name=a value=past", "5:17", "0 to 15")]
    [InlineData("H:%", "5:1", "cannot begin")]
    public void An_error_in_text_says_where(string text, string place, string message)
    {
        string whole = text.StartsWith("H:", StringComparison.Ordinal) ? Header + text[2..] : text;

        CompilationException e = Assert.Throws<CompilationException>(() => Assembly.Parse(whole, "a.flasm"));

        Assert.Equal(Codes.ProgramText, e.Diagnostics[0].Code);
        Assert.Equal(place.Length == 0 ? "a.flasm" : $"a.flasm:{place}", e.Diagnostics[0].Location);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_bytes_and_text_end_in_a_diagnostic()
    {
        MachineProgram program = new RandomPrograms(7).Program();
        byte[] valid = ProgramBinary.Write(program);
        byte[] symbols = ProgramBinary.WriteSymbols(program);
        string text = Assembly.Print(program);
        Random random = new(1);
        int refused = 0;
        for (int i = 0; i < 2400; i++)
        {
            byte[] bytes = i % 4 == 0 ? RandomBytes(random, "FLPR\u0009flightc-1"u8) : Damaged(random, valid);
            refused += Refused(() => ProgramBinary.Read(bytes)) ? 1 : 0;
            byte[] damaged = i % 4 == 0 ? RandomBytes(random, "FLSY"u8) : Damaged(random, symbols);
            Refused(() => ProgramBinary.ReadSymbols(ProgramBinary.Read(valid), damaged));
            char[] letters = text.ToCharArray();
            letters[random.Next(letters.Length)] = (char)random.Next(32, 127);
            Refused(() => Assembly.Parse(new string(letters)));
        }

        Assert.InRange(refused, 1000, 2399);
    }

    [Fact]
    public void Bytes_of_others_are_told_from_damage()
    {
        Assert.Equal(Codes.ImageForeign, CodeOf(() => ProgramBinary.Read("GGUF"u8)));
        Assert.Equal(Codes.ImageForeign, CodeOf(() => ProgramBinary.Read([])));
        Assert.Equal(Codes.ImageMismatch, CodeOf(() => ProgramBinary.Read("FLPR\u0009flightc-2"u8)));
        Assert.Equal(Codes.ImageDamaged, CodeOf(() => ProgramBinary.Read("FLPR\u0009flight"u8)));
        MachineProgram one = new RandomPrograms(1).Program();
        Assert.Equal(Codes.ImageDamaged, CodeOf(() => ProgramBinary.ReadSymbols(one, ProgramBinary.WriteSymbols(new RandomPrograms(2).Program()))));
    }

    internal static void AssertEqual(MachineProgram expected, MachineProgram actual)
    {
        Assert.Equal(expected.Geometry.Cores, actual.Geometry.Cores);
        Assert.Equal(expected.Geometry with { Cores = [] }, actual.Geometry with { Cores = [] });
        Assert.Equal(expected.Memory, actual.Memory);
        Assert.Equal(expected.Registers, actual.Registers);
        Assert.Equal(expected.Entries.Count, actual.Entries.Count);
        foreach ((EntryPoint a, EntryPoint b) in expected.Entries.Zip(actual.Entries))
        {
            Assert.Equal(a.Name, b.Name);
            Assert.Equal(a.Symbols, b.Symbols);
            Instruction[] first = [.. a.Streams.SelectMany(c => c).SelectMany(s => s)];
            Instruction[] second = [.. b.Streams.SelectMany(c => c).SelectMany(s => s)];
            Assert.Equal(a.Streams.SelectMany(c => c).Select(s => s.Count), b.Streams.SelectMany(c => c).Select(s => s.Count));
            foreach ((Instruction x, Instruction y) in first.Zip(second))
            {
                CodecTests.AssertEqual(x, y, withProvenance: true);
            }
        }
    }

    private static bool Refused(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (CompilationException)
        {
            return true;
        }
    }

    private static string CodeOf(Func<object> action) => Assert.Throws<CompilationException>(action).Diagnostics[0].Code;

    private static byte[] RandomBytes(Random random, ReadOnlySpan<byte> prefix)
    {
        byte[] bytes = new byte[prefix.Length + random.Next(400)];
        random.NextBytes(bytes);
        prefix.CopyTo(bytes);
        return bytes;
    }

    private static byte[] Damaged(Random random, byte[] valid)
    {
        byte[] bytes = random.Next(4) == 0 ? valid[..random.Next(valid.Length)] : [.. valid];
        for (int flips = 1 + random.Next(3); flips > 0 && bytes.Length > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }
}
