using Flightc.Cli.Reports;
using Flightc.Isa;

namespace Flightc.Cli.Explaining;

/// <summary>Bytes that an instruction reads or writes.</summary>
/// <param name="Memory"><c>hbm</c>, <c>ddr</c> or <c>scratch</c>.</param>
/// <param name="Address">Of the first row; in every channel of the core the same.</param>
/// <param name="Bytes">From the first byte to the last, gaps between rows included.</param>
/// <param name="IsWrite">Whether it writes.</param>
/// <param name="Instruction">Mnemonic, and the field that has the address.</param>
internal sealed record PlaceFacts(string Memory, long Address, long Bytes, bool IsWrite, string Instruction)
{
    // A head's keys and values, a loop's rows: the first iteration stands for all.
    private const string Weights = "ld.weights";

    /// <summary>The places that the instructions of one core use, in the first iteration of their loops.</summary>
    /// <param name="subject">The program.</param>
    /// <param name="core">Number of the core.</param>
    /// <param name="instructions">Of that core.</param>
    /// <param name="sources">Values of the registers.</param>
    public static IReadOnlyList<PlaceFacts> Of(
        Subject subject, int core, IEnumerable<Instruction> instructions, long[] sources)
    {
        InstructionAccess access = new(subject.Program, core);
        List<Access> accesses = [];
        List<PlaceFacts> places = [];
        foreach (Instruction instruction in instructions.Where(i => i is not (BeginLoop or EndLoop) && i.Mnemonic != Weights))
        {
            accesses.Clear();
            access.List(instruction.Resolve(sources), accesses);
            places.AddRange(
                accesses.Where(a => a.Space != MemorySpace.Scratch || a.Index == core).Select(a => new PlaceFacts(
                    NameOf(a.Space), a.Address, a.End - a.Address, a.IsWrite, $"{instruction.Mnemonic} {a.Field}")));
        }

        return [.. places.Distinct().OrderBy(p => p.Memory, StringComparer.Ordinal).ThenBy(p => p.Address).ThenBy(p => p.IsWrite)];
    }

    private static string NameOf(MemorySpace space) => space switch
    {
        MemorySpace.Scratch => "scratch",
        MemorySpace.Channel => "hbm",
        MemorySpace.Ddr => "ddr",
    };
}
