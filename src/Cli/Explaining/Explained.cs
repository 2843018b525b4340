using Flightc.Cli.Reports;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Explaining;

/// <summary>An instruction of a program.</summary>
/// <param name="Entry">The entry whose stream it stands in.</param>
/// <param name="Core">Number of the core.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Index">Number in the stream.</param>
/// <param name="Instruction">The instruction.</param>
internal sealed record PlacedInstruction(string Entry, int Core, Unit Unit, int Index, Instruction Instruction);

/// <summary>Everything that is known about a name.</summary>
internal sealed record Explained
{
    /// <summary>What the name means.</summary>
    public required NamedThing Thing { get; init; }

    /// <summary>What it consists of; itself where that is all.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>Hash of the weight's data; empty where there is none.</summary>
    public required string Sha256 { get; init; }

    /// <summary>How the weight lies in the streams; null for anything but a matrix that is multiplied by.</summary>
    public required WeightFacts? Weight { get; init; }

    /// <summary>The instructions that work on it.</summary>
    public required IReadOnlyList<PlacedInstruction> Instructions { get; init; }

    /// <summary>The core whose places are shown: the first that has any of it.</summary>
    public required int PlacesOf { get; init; }

    /// <summary>Addresses, in the largest of the steps below.</summary>
    public required IReadOnlyList<PlaceFacts> Places { get; init; }

    /// <summary>Times; none where the machine is not known.</summary>
    public required IReadOnlyList<StepFacts> Steps { get; init; }

    /// <summary>Explains a name.</summary>
    /// <param name="subject">The program.</param>
    /// <param name="name">As the user writes it.</param>
    /// <param name="token">Cancelled when the user wants it to stop.</param>
    /// <exception cref="CompilationException">Nothing has that name (FLC9001).</exception>
    public static Explained Of(Subject subject, string name, CancellationToken token)
    {
        NameIndex names = new(subject);
        NamedThing thing = names.Find(name);
        string stem = thing.Weight?.Stem ?? thing.Name;
        bool isTied = subject.Weights.All(w => w.Stem != "head");
        List<PlacedInstruction> instructions = [];
        List<StepFacts> steps = [];
        List<PlaceFacts> places = [];
        WeightFacts? weight = null;
        int placesOf = 0;
        foreach (Isa.EntryPoint entry in subject.Program.Entries)
        {
            token.ThrowIfCancellationRequested();
            ProductUse[] uses = thing.Weight is null ? [] : [.. ProductUse.Of(entry).Where(u => u.Uses(thing.Weight, isTied))];
            if (uses.Length > 0)
            {
                weight ??= WeightFacts.Of(subject, thing.Weight!, uses);
            }

            Dictionary<(int, Unit, int), int> products = uses.ToDictionary(u => (u.Core, u.Unit, u.Index), u => u.Number);
            HashSet<(int, Unit, int)> own = [.. Own(entry, stem, products.Keys)];
            PlacedInstruction[] here = [.. Placed(entry).Where(p => own.Contains((p.Core, p.Unit, p.Index)))];
            instructions.AddRange(here);
            StepCase step = entry.Name == "decode" ? StepOption.Usual(subject.Program.Memory) : StepOption.UsualPrefill(subject.Program.Memory);
            if (here.Length > 0 && places.Count == 0)
            {
                placesOf = here[0].Core;
                places.AddRange(PlaceFacts.Of(
                    subject, placesOf, here.Where(p => p.Core == placesOf).Select(p => p.Instruction),
                    subject.Program.EvaluateRegisters(step.Past, step.Tokens, step.From)));
            }

            if (subject.Target is not null && StepFacts.Of(
                subject, step, (core, unit, index) => own.Contains((core, unit, index)),
                (core, unit, index) => products.TryGetValue((core, unit, index), out int number) ? weight!.ShareOf(core, number) : 1) is { } facts)
            {
                steps.Add(facts);
            }
        }

        return new Explained
        {
            Thing = thing,
            Members = thing.Kind == "group" ? [.. names.Members(thing.Name)] : [thing.Name],
            Sha256 = thing.Weight is null ? "" : subject.HashOf(thing.Weight),
            Weight = weight,
            Instructions = instructions,
            PlacesOf = placesOf,
            Places = places,
            Steps = steps,
        };
    }

    // Instructions that are for the name, or for something below it; those that a symbol of that name points to.
    private static IEnumerable<(int, Unit, int)> Own(
        Isa.EntryPoint entry, string stem, IEnumerable<(int, Unit, int)> products) =>
        Placed(entry).Where(p => p.Instruction is not (BeginLoop or EndLoop) && ProductUse.IsOrIsUnder(p.Instruction.Provenance, stem))
            .Select(p => (p.Core, p.Unit, p.Index))
            .Concat(entry.Symbols.Where(s => ProductUse.IsOrIsUnder(s.Name, stem)).Select(s => (s.Core, s.Unit, s.Index)))
            .Concat(products);

    private static IEnumerable<PlacedInstruction> Placed(Isa.EntryPoint entry) =>
        entry.Streams.SelectMany((core, c) => core.SelectMany((stream, u) => stream.Select(
            (instruction, index) => new PlacedInstruction(entry.Name, c, (Unit)u, index, instruction))));
}
