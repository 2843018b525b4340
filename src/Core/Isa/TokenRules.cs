using System.Globalization;

namespace Flightc.Isa;

/// <summary>Conservation of tokens for every length: see <see cref="ProgramVerifier"/>.</summary>
/// <remarks>
/// How often an instruction runs is a product of its loops' counts. Constant counts are multiplied out; those
/// that depend on lengths are kept as a name, the <em>nest</em>. If for every pair of units and every nest as
/// many tokens are given as taken, then that is so for every length, trip count 0 included.
/// </remarks>
internal sealed class TokenRules(VerifierReport report, EntryPoint entry)
{
    public void Check()
    {
        for (int core = 0; core < entry.Streams.Count; core++)
        {
            // Tokens given minus tokens taken, by [giver, taker], then by nest in ordinal order.
            SortedDictionary<string, Int128>[,] balance = new SortedDictionary<string, Int128>[InstructionSet.UnitCount, InstructionSet.UnitCount];
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                Count(entry.Streams[core][unit], unit, balance);
            }

            Report(core, balance);
        }
    }

    private static void Count(
        IReadOnlyList<Instruction> stream, int unit, SortedDictionary<string, Int128>[,] balance)
    {
        Stack<(string Nest, Int128 Times)> outer = new();
        string nest = "";
        Int128 times = 1;
        foreach (Instruction instruction in stream)
        {
            switch (instruction)
            {
                case BeginLoop loop:
                    outer.Push((nest, times));
                    nest = loop.Count.Terms.Length == 0 ? nest : $"{nest}({loop.Count})";
                    times *= loop.Count.Terms.Length == 0 ? loop.Count.Constant : 1;
                    break;
                case EndLoop:
                    (nest, times) = outer.Pop();
                    break;
                default:
                    Add(instruction.Release, taker => (unit, taker), times);
                    Add(instruction.Wait, giver => (giver, unit), -times);
                    break;
            }
        }

        void Add(Units units, Func<int, (int Giver, int Taker)> pair, Int128 tokens)
        {
            for (int other = 0; units != 0 && other < InstructionSet.UnitCount; other++)
            {
                if (((int)units >> other & 1) == 1)
                {
                    (int giver, int taker) = pair(other);
                    SortedDictionary<string, Int128> nests = balance[giver, taker] ??= new(StringComparer.Ordinal);
                    nests[nest] = nests.GetValueOrDefault(nest) + tokens;
                }
            }
        }
    }

    private void Report(int core, SortedDictionary<string, Int128>[,] balance)
    {
        for (int giver = 0; giver < InstructionSet.UnitCount; giver++)
        {
            for (int taker = 0; taker < InstructionSet.UnitCount; taker++)
            {
                foreach ((string nest, Int128 surplus) in balance[giver, taker] ?? [])
                {
                    string from = InstructionSet.NameOf((Unit)giver);
                    string to = InstructionSet.NameOf((Unit)taker);
                    string where = nest.Length == 0 ? "outside loops of variable length" : $"in loops of {nest}";
                    report.Require(
                        surplus == 0, $"{entry.Name}/core {core}/{from} to {to}{(nest.Length == 0 ? "" : " ")}{nest}",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{where} '{from}' gives '{to}' {Int128.Abs(surplus)} tokens {(surplus > 0 ? "more" : "less")} than it takes"));
                }
            }
        }
    }
}
