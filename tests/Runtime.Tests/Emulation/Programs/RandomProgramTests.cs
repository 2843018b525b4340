using System.Collections.Concurrent;
using System.Globalization;
using Flightc.Isa;

namespace Flightc.Tests.Emulation.Programs;

/// <summary>
/// The emulator's bits equal the instruction interpreter's on every vector path, on random programs: all widths, groups and sparsities of weights,
/// attention of every form, special functions, moves; 1 to 130 tokens and sizes that divide by nothing.
/// </summary>
/// <remarks><c>FLIGHTC_PROGRAMS=N</c> makes N programs, and <c>FLIGHTC_PROGRAMS_FIRST=N</c> begins with number N.</remarks>
public sealed class RandomProgramTests
{
    private const int UsualPrograms = 300;

    // Instructions of control, which compute nothing, have tests of their own; lists of ids in DDR too.
    private static readonly string[] Control = ["sync", "loop", "endloop", "ld.indexed"];

    [Fact]
    public void Random_programs_give_the_interpreters_bits_on_every_vector_path()
    {
        int first = Setting("FLIGHTC_PROGRAMS_FIRST", 0), programs = Setting("FLIGHTC_PROGRAMS", UsualPrograms);
        ConcurrentDictionary<string, bool> features = [];
        Parallel.For(first, checked(first + programs), i =>
        {
            using RandomProgram program = new((ulong)i);
            program.Check();
            foreach (string feature in program.Features)
            {
                features[feature] = true;
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{programs} programs from number {first} on");
        if (programs >= UsualPrograms)
        {
            IEnumerable<string> instructions = InstructionSet.All.Select(i => i.Mnemonic).Except(Control);
            Assert.Empty(ProductPiece.Features.Concat(AttentionPiece.Features).Concat(instructions).Except(features.Keys));
        }
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
