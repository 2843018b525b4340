using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Tests;

public sealed class EmittedProgramTests
{
    public static TheoryData<string> Machines => ["u280", "tiny", "alone"];

    [Theory]
    [MemberData(nameof(Machines))]
    public void Emitted_programs_keep_every_rule_and_survive_their_forms(string machine)
    {
        Geometry geometry = machine switch
        {
            "u280" => SharedModel.U280,
            "tiny" => new("tiny", [new(0, 3), new(3, 2)], 16L << 20, 1L << 30, 256 << 10, 8 << 10, 4 << 10, 1024),
            _ => new("alone", [new(0, 1)], 64L << 20, 1L << 30, 512 << 10, 16 << 10, 1 << 10, 2048),
        };
        using CompiledModel model = new(TestData.Stories, geometry, w => w.Name == "head.weight" ? new QuantizedFormat(8, 64) : new QuantizedFormat(4, 64), maxTokens: 16);

        Assert.Empty(ProgramVerifier.Verify(model.Program, model.Addresses.PoppedWeightBytes).Items);

        string text = Assembly.Print(model.Program);
        Assert.Equal(text, Assembly.Print(Assembly.Parse(text)));
        MachineProgram read = ProgramBinary.Read(ProgramBinary.Write(model.Program));
        Assert.Equal(text, Assembly.Print(ProgramBinary.ReadSymbols(read, ProgramBinary.WriteSymbols(model.Program))));
    }

    [Fact]
    public void Rings_that_the_uneven_channels_of_a_product_overflow_are_refused()
    {
        Geometry geometry = SharedModel.U280 with { WeightRingBytes = 256 };

        CompilationException error = Assert.Throws<CompilationException>(() =>
            new CompiledModel(TestData.Stories, geometry, new QuantizedFormat(8, 128), new QuantizedFormat(8, 128)).Dispose());

        Assert.Equal(Codes.DoesNotFit, error.Diagnostics[0].Code);
    }
}
