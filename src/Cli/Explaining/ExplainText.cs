using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Isa;
using Flightc.Packing;

namespace Flightc.Cli.Explaining;

/// <summary>An explanation for people.</summary>
internal static class ExplainText
{
    // A screen or two; --json has everything.
    private const int MostLines = 24;

    /// <summary>Writes it to standard output.</summary>
    public static void Write(Subject subject, Explained explained, Output output)
    {
        output.Results.WriteLine($"{explained.Thing.Name}: {explained.Thing.Kind} of {subject.Name}, recipe {subject.Recipe}, target {subject.Program.Geometry.Target}");
        output.Results.WriteLine();
        if (explained.Thing.Weight is { } weight)
        {
            WriteWeight(weight, explained, output);
        }
        else if (explained.Members.Count > 1)
        {
            Tables.Write(output, "members", ["name"], Shortened(explained.Members.Select(m => (IReadOnlyList<string>)[m]), 1));
        }

        if (explained.Weight is { } facts)
        {
            Tables.Write(output, "rows", ["core", "product", ">first", ">rows"], Shortened(facts.Rows.Select(r => (IReadOnlyList<string>)
                [$"{r.Core}", r.Product, Quantity.Count(r.First), Quantity.Count(r.Count)]), 4));
            Tables.Write(output, "weight streams", ["core", "channel", ">tiles", ">bytes", ">from byte", ">to byte"], Shortened(
                facts.Streams.Select(s => (IReadOnlyList<string>)
                    [$"{s.Core}", $"{s.Channel}", Quantity.Count(s.Tiles), Quantity.Count(s.Bytes), Quantity.Count(s.First), Quantity.Count(s.End)]), 6, 32));
        }

        if (explained.Instructions.Count > 0)
        {
            Tables.Write(output, "instructions", ["entry", "core.unit", ">index", "instruction"], Shortened(explained.Instructions.Select(i => (IReadOnlyList<string>)
                [i.Entry, $"{i.Core}.{InstructionSet.NameOf(i.Unit)}", $"{i.Index}", Assembly.Print(i.Instruction)]), 4));
        }

        if (explained.Places.Count > 0)
        {
            Tables.Write(output, $"places of core {explained.PlacesOf}", ["memory", ">address", ">bytes", "access", "instruction"], Shortened(explained.Places.Select(p => (IReadOnlyList<string>)
                [p.Memory, Quantity.Count(p.Address), Quantity.Count(p.Bytes), p.IsWrite ? "written" : "read", p.Instruction]), 5));
        }

        foreach (StepFacts step in explained.Steps)
        {
            WriteStep(step, output);
        }

        if (subject.Target is null)
        {
            output.Results.WriteLine($"no times: no target '{subject.Program.Geometry.Target}' with this machine is installed; name its file with -t");
        }
    }

    private static void WriteWeight(SubjectWeight weight, Explained explained, Output output)
    {
        List<(string, string)> facts =
        [
            ("source tensor", weight.Source.Length > 0 ? weight.Source : "not known"),
            ("shape", $"[{string.Join(", ", weight.Shape)}]"),
            ("sha256", explained.Sha256.Length > 0 ? explained.Sha256 : "there are no weights"),
            ("stored as", weight.Format),
        ];
        if (explained.Weight is { } stored)
        {
            facts.Add(("size", $"{Quantity.Count(stored.Bytes)} bytes in the weight streams, {Quantity.Real(stored.Bytes * 8.0 / weight.Elements, 2)} bits per weight"));
            facts.Add(("density", $"{Quantity.Percent(stored.Density)} of the codes kept: {BlocksOf(stored)}"));
            facts.Add(("fused with", stored.FusedWith.Count > 0 ? string.Join(", ", stored.FusedWith) : "nothing"));
        }
        else
        {
            facts.Add(("lies in", "tables in DDR"));
        }

        Tables.WriteFacts(output, [.. facts]);
    }

    private static string BlocksOf(WeightFacts facts) => string.Join(
        ", ", Enum.GetValues<BlockLayout>().Where(l => facts.Blocks[l] > 0)
            .Select(l => $"{Quantity.Count(facts.Blocks[l])} blocks {l.ToString().ToLowerInvariant()}"));

    private static void WriteStep(StepFacts step, Output output)
    {
        string bound = step.Resources.Bound;
        Tables.WriteFacts(
            output,
            (StepOption.Text(step.Step), $"cycles {Quantity.Count((long)step.Start)} to {Quantity.Count((long)step.End)} of {Quantity.Count((long)step.StepCycles)}, simulated"),
            ("needs", string.Join(", ", ResourceUse.Names.Where(n => step.Resources[n] > 0).Select(n => $"{n} {Quantity.Real(step.Resources[n], 1)}")) + " cycles"),
            ("bound by", $"{bound}: {Quantity.Percent(step.Resources[bound] / step.StepCycles, 2)} of the step"));
        Tables.Write(output, "", ["core.unit", ">instructions", ">busy", "waited for"], Shortened(step.Units.Select(u => (IReadOnlyList<string>)
        [
            $"{u.Core}.{InstructionSet.NameOf(u.Unit)}", Quantity.Count(u.Count), Quantity.Real(u.Busy, 1),
            string.Join(", ", StallNames.All.Where(c => u.Stalls[(int)c] >= 0.05).Select(c => $"{StallNames.Words(c)} {Quantity.Real(u.Stalls[(int)c], 1)}")),
        ]), 4));
    }

    private static IEnumerable<IReadOnlyList<string>> Shortened(IEnumerable<IReadOnlyList<string>> rows, int columns, int most = MostLines)
    {
        IReadOnlyList<string>[] all = [.. rows];
        IEnumerable<IReadOnlyList<string>> shown = all.Take(most);
        return all.Length <= most
            ? shown
            : shown.Append([$"and {all.Length - most} more", .. Enumerable.Repeat("", columns - 1)]);
    }
}
