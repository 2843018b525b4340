using Flightc.Cli.Estimating;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Packing;
using Flightc.Passes;
using Flightc.Recipes;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Exploring;

/// <summary>Judges machines by compiling for them and running the cycle model.</summary>
/// <param name="model">The model.</param>
/// <param name="graph">The same behind the passes of <paramref name="recipe"/>.</param>
/// <param name="recipe">What is to become of its weights.</param>
/// <param name="card">The card.</param>
/// <param name="screening">The closed form, to compare with.</param>
/// <param name="workload">A prompt and what is generated after it.</param>
/// <param name="contextLength">The longest sequence.</param>
/// <param name="cancellation">Asks to stop.</param>
internal sealed class Confirmation(
    ImportedModel model, Graph graph, Recipe recipe, Card card, Screening screening, SequenceCase workload, int contextLength,
    CancellationToken cancellation)
{
    private readonly Dictionary<Machine, Confirmed> _known = [];

    /// <summary>Explanations of what models lose against boards; the worse of them counts.</summary>
    public static IReadOnlyList<Explanation> Fitted { get; } = [Explanation.Barrier, Explanation.Load];

    /// <summary>Everything that was confirmed, in the order in which it was.</summary>
    public List<Confirmed> All { get; } = [];

    /// <summary>Whether a machine was confirmed.</summary>
    public bool Has(Machine machine) => _known.ContainsKey(machine);

    /// <summary>Confirms a batch; those that were confirmed before are left out.</summary>
    /// <param name="machines">Machines that fit the card.</param>
    public void Run(IEnumerable<Machine> machines)
    {
        List<IGrouping<(int, int, int, int, int, int, int), Machine>> groups =
            [.. machines.Distinct().Where(m => !Has(m)).GroupBy(m => m.ProgramKey)];
        Confirmed[][] results = new Confirmed[groups.Count][];
        try
        {
            Parallel.For(0, groups.Count, new ParallelOptions { CancellationToken = cancellation }, i => results[i] = Confirm([.. groups[i]]));
        }
        catch (AggregateException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        foreach (Confirmed confirmed in results.SelectMany(r => r))
        {
            _known.Add(confirmed.Machine, confirmed);
            All.Add(confirmed);
        }
    }

    /// <summary>Judges machines anew, as they will be compiled for: with the search of the mapping.</summary>
    /// <param name="machines">Machines that were confirmed.</param>
    public void Finish(IEnumerable<Machine> machines)
    {
        foreach (Machine machine in machines.Distinct().ToArray())
        {
            cancellation.ThrowIfCancellationRequested();
            CompiledProgram compiled = Compilation.Compile(
                model.Graph, machine.On(card, "explored"), recipe, contextLength, new PassObserver(), new DiagnosticBag())!;
            Confirmed finished = Time(machine, compiled, compiled.Addresses.Work) with { IsFinished = true };
            All[All.FindIndex(c => c.Machine == machine)] = _known[machine] = finished;
        }
    }

    private Confirmed[] Confirm(Machine[] machines)
    {
        Target first = machines[0].On(card, "explored");
        try
        {
            CompiledProgram compiled = Compilation.CompileByRules(graph, first);
            string? misfit = null;
            Compilation.CheckFit(compiled, first, (_, _, _, _) => misfit = "weights, KV cache or tables exceed their memory");
            ProgramWork work = compiled.Addresses.Work;
            return
            [
                .. machines.Select(machine => misfit is null ? Time(machine, compiled, work) : new Confirmed(machine, misfit)),
            ];
        }
        catch (CompilationException e) when (e.Diagnostics.Any(d => d.Code == Codes.DoesNotFit))
        {
            string reason = e.Diagnostics.Any(d => d.Message.StartsWith("scratch", StringComparison.Ordinal))
                ? "scratch too small for the model"
                : "rings too short to stream the model";
            return [.. machines.Select(machine => new Confirmed(machine, reason))];
        }
    }

    private Confirmed Time(Machine machine, CompiledProgram compiled, ProgramWork work)
    {
        Target target = machine.On(card, "explored");
        CycleModel cycles = new(compiled.Program, target, work);
        SequenceTiming[] timings =
            [.. Fitted.Select(e => SequenceTiming.Of(cycles, workload.Prompt, workload.Generate, e))];
        SequenceTiming worse = timings.MaxBy(t => t.PrefillSeconds + t.DecodeSeconds)!;
        double tokens = workload.Generate > 0 ? workload.Generate : workload.Prompt;
        double host = (worse.Host.Total * (workload.Generate + 1)) + (worse.Host.Launch * (worse.Prefill.Count - 1));
        double joules = worse.Prefill.Sum(s => s.Energy.Total) + worse.SumOverDecode(s => s.Energy.Total) + (host * card.Energy.StaticWatts);
        CardUse use = CardUse.Of(target, card);
        Merit merit = new((worse.PrefillSeconds + worse.DecodeSeconds) / tokens, joules / tokens, use.Share);
        return new Confirmed(machine, screening.Of(machine, target, use), merit, worse, Fitted[Array.IndexOf(timings, worse)]);
    }
}
