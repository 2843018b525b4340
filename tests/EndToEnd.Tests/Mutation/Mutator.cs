using Flightc.Isa;

namespace Flightc.Tests.Mutation;

/// <summary>Makes seeded mistakes in one entry of a program: on one core, or the same on all.</summary>
internal sealed class Mutator(MachineProgram program, string entry, ulong seed)
{
    private static readonly HashSet<string> Addresses =
    [
        "dst", "src", "codes", "scales", "keys", "keyscales", "valuescales", "probabilities", "values", "out", "maxima", "valuemaxima", "sums",
        "weight", "bias", "table", "scores", "addr",
    ];

    private static readonly HashSet<string> Counts =
        ["tokens", "rows", "count", "columns", "bytes", "heads", "group", "segments", "slots", "width", "pages", "d", "past", "rotated"];

    private readonly byte[] _binary = ProgramBinary.Write(program);
    private readonly RandomNumbers _random = new(seed);

    /// <summary>The next mutant of a kind; null where the kind does not apply to what was drawn.</summary>
    public Mutant? Next(MutationKind kind)
    {
        MachineProgram copy = ProgramBinary.Read(_binary);
        EntryPoint old = copy.Entries.Single(e => e.Name == entry);
        List<List<List<Instruction>>> streams = [.. old.Streams.Select(core => core.Select(stream => stream.ToList()).ToList())];
        int only = _random.Below(streams.Count + 1);
        ulong choice = _random.Next();
        string? description = null;
        for (int core = 0; core < streams.Count; core++)
        {
            // The same draw on every core, so that the same instruction is meant.
            if (only == streams.Count || only == core)
            {
                description = Apply(kind, streams[core], new RandomNumbers(choice)) ?? description;
            }
        }

        EntryPoint mutated = old with { Streams = streams, Symbols = [] };
        string where = only == streams.Count ? "all cores" : $"core {only}";
        return description is null
            ? null
            : new Mutant(kind, $"{entry}, {where}: {description}", copy with { Entries = [.. copy.Entries.Select(e => e == old ? mutated : e)] });
    }

    private static string? Apply(MutationKind kind, List<List<Instruction>> streams, RandomNumbers random) => kind switch
    {
        MutationKind.WaitRemoved => RemoveToken(streams, random, isWait: true, isRelease: false),
        MutationKind.ReleaseRemoved => RemoveToken(streams, random, isWait: false, isRelease: true),
        MutationKind.PairRemoved => RemoveToken(streams, random, isWait: true, isRelease: true),
        MutationKind.TokenMoved => MoveToken(streams, random),
        MutationKind.Swapped => Swap(streams, random),
        MutationKind.AddressMoved => MoveAddress(streams, random),
        MutationKind.LoopCount => ChangeLoop(streams, random),
        _ => ChangeField(streams, random, Counts, (value, r) => value + Step(value, r)),
    };

    private static string? RemoveToken(List<List<Instruction>> streams, RandomNumbers random, bool isWait, bool isRelease)
    {
        (int from, int to, int number)[] tokens = [.. Tokens(streams)];
        (int giver, int taker, int k) = tokens[random.Below(tokens.Length)];
        Instruction? release = streams[giver].Where(i => Has(i.Release, taker)).Skip(k).FirstOrDefault();
        Instruction? wait = streams[taker].Where(i => Has(i.Wait, giver)).Skip(k).FirstOrDefault();
        if (release is null || wait is null)
        {
            return null;
        }

        release.Release &= isRelease ? ~Set(taker) : release.Release;
        wait.Wait &= isWait ? ~Set(giver) : wait.Wait;
        return $"token {k} from {InstructionSet.NameOf((Unit)giver)} to {InstructionSet.NameOf((Unit)taker)}";
    }

    private static string? MoveToken(List<List<Instruction>> streams, RandomNumbers random)
    {
        (int from, int to, int number)[] tokens = [.. Tokens(streams)];
        (int giver, int taker, int k) = tokens[random.Below(tokens.Length)];
        bool isRelease = random.Below(2) == 0;
        List<Instruction> stream = streams[isRelease ? giver : taker];
        Instruction? old = stream.Where(i => Has(isRelease ? i.Release : i.Wait, isRelease ? taker : giver)).Skip(k).FirstOrDefault();
        int at = old is null ? -1 : stream.IndexOf(old) + (isRelease ? -1 : 1);
        if (at < 0 || at >= stream.Count || stream[at] is BeginLoop or EndLoop)
        {
            return null;
        }

        Units bit = Set(isRelease ? taker : giver);
        if (isRelease)
        {
            (old!.Release, stream[at].Release) = (old.Release & ~bit, stream[at].Release | bit);
        }
        else
        {
            (old!.Wait, stream[at].Wait) = (old.Wait & ~bit, stream[at].Wait | bit);
        }

        return $"token {k} from {InstructionSet.NameOf((Unit)giver)} to {InstructionSet.NameOf((Unit)taker)} {(isRelease ? "given earlier" : "taken later")}";
    }

    private static string? Swap(List<List<Instruction>> streams, RandomNumbers random)
    {
        (int unit, int index) = Draw(streams, random, i => i is not (BeginLoop or EndLoop or EndProgram));
        List<Instruction> stream = streams[unit];
        if (index + 1 >= stream.Count || stream[index + 1] is BeginLoop or EndLoop or EndProgram)
        {
            return null;
        }

        (stream[index], stream[index + 1]) = (stream[index + 1], stream[index]);
        return $"{Name(streams, unit, index)} before {stream[index + 1].Mnemonic}";
    }

    // A little beside where it was, or to where something else is.
    private static string? MoveAddress(List<List<Instruction>> streams, RandomNumbers random)
    {
        long[] others =
            [.. streams.SelectMany(s => s).SelectMany(InstructionField.Of).Where(f => Addresses.Contains(f.Name) && f.Bits == 32).Select(f => f.Value.Constant).Distinct()];
        return ChangeField(streams, random, Addresses, (value, r) => r.Below(2) == 0
            ? value + ((r.Below(2) == 0 && value >= 4096 ? -1 : 1) * (4L << (2 * r.Below(6))))
            : others[r.Below(others.Length)]);
    }

    private static string? ChangeLoop(List<List<Instruction>> streams, RandomNumbers random)
    {
        (int Unit, int Number, int Index)[] loops =
            [.. streams.SelectMany((stream, unit) => stream.Select((i, at) => (i, at)).Where(p => p.i is BeginLoop).Select((p, n) => (unit, n, p.at)))];
        (int chosen, int number, int at) = loops[random.Below(loops.Length)];
        bool everywhere = random.Below(2) == 0;
        bool more = random.Below(2) == 0;
        foreach ((int unit, int n, int index) in loops)
        {
            if (unit == chosen ? n == number : everywhere && n == number)
            {
                Change(streams[unit][index], "count", value => value + (more ? 1 : -1));
            }
        }

        return $"{Name(streams, chosen, at)}{(everywhere ? " and its partners" : "")} one {(more ? "more" : "less")}";
    }

    private static string? ChangeField(
        List<List<Instruction>> streams, RandomNumbers random, HashSet<string> names, Func<long, RandomNumbers, long> change)
    {
        (int unit, int index) = Draw(streams, random, i => i is not BeginLoop && InstructionField.Of(i).Exists(f => names.Contains(f.Name)));
        InstructionField[] fields = [.. InstructionField.Of(streams[unit][index]).Where(f => names.Contains(f.Name))];
        InstructionField field = fields[random.Below(fields.Length)];
        long value = change(field.Value.Constant, random);
        Change(streams[unit][index], field.Name, _ => value);
        return value == field.Value.Constant ? null : $"{Name(streams, unit, index)} {field.Name} {field.Value.Constant} → {value}";
    }

    private static (int Unit, int Index) Draw(List<List<Instruction>> streams, RandomNumbers random, Func<Instruction, bool> wanted)
    {
        (int, int)[] all = [.. streams.SelectMany((stream, unit) => stream.Select((i, at) => (i, at)).Where(p => wanted(p.i)).Select(p => (unit, p.at)))];
        return all[random.Below(all.Length)];
    }

    private static IEnumerable<(int Giver, int Taker, int Number)> Tokens(List<List<Instruction>> streams) =>
        from giver in Enumerable.Range(0, InstructionSet.UnitCount)
        from taker in Enumerable.Range(0, InstructionSet.UnitCount)
        from number in Enumerable.Range(0, streams[giver].Count(i => Has(i.Release, taker)))
        select (giver, taker, number);

    private static void Change(Instruction instruction, string field, Func<long, long> change) =>
        InstructionField.Assign(
            instruction,
            [.. InstructionField.Of(instruction).Select(f => f.Name == field ? new Operand(change(f.Value.Constant), f.Value.Terms) : f.Value)]);

    private static long Step(long value, RandomNumbers random) => value == 0 || random.Below(2) == 0 ? 1 : -1;

    private static string Name(List<List<Instruction>> streams, int unit, int index) =>
        $"{InstructionSet.NameOf((Unit)unit)}/{index} {streams[unit][index].Mnemonic}";

    private static bool Has(Units units, int unit) => ((int)units >> unit & 1) == 1;

    private static Units Set(int unit) => (Units)(1 << unit);
}
