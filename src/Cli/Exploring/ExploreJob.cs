using System.Diagnostics;
using Flightc.Checkpoints;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Estimating;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Recipes;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Exploring;

/// <summary>Finds the machine of a card for a model: docs/explore.md.</summary>
/// <param name="invocation">Progress and interruption.</param>
internal sealed class ExploreJob(Invocation invocation)
{
    // A batch of the cycle model's work: the time limit is looked at between batches.
    private const int Batch = 8;

    // Of the machines confirmed, the share that the closed form chooses; the rest are steps from the best of them.
    private const double ScreenedShare = 0.5;

    // Machines that run the same program cost little once one of them is compiled for.
    private const int MachinesPerProgram = 3;
    private const int ShareBins = 8;

    // The best machines, which the search of the mapping is run for.
    private const int Finalists = 3;

    private readonly DiagnosticBag _warnings = new();
    private readonly Stopwatch _elapsed = new();

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<Diagnostic> Warnings => _warnings.Items;

    /// <summary>Explores.</summary>
    /// <exception cref="CompilationException">Nothing of the card runs the model (FLC3001), or the user's wishes make
    /// no sense.</exception>
    public Exploration Run(ExploreRequest request)
    {
        _elapsed.Start();
        (Card card, Recipe recipe) = Open(request);
        using HuggingFaceCheckpoint checkpoint = ModelFile.Open(request.Model, _warnings);
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false, request.MaxLength);
        int context = CompileInputs.ContextLength(model.Config, request.MaxLength, request.Model, _warnings);
        SequenceCase workload = request.Workload ?? SequenceCase.DefaultFor(context);
        workload.RequireFits(context);
        Graph graph = Compilation.Quantize(model.Graph, recipe, context, new PassObserver(), _warnings);
        ModelWork work = ModelWork.Of(graph);

        Dictionary<string, long> excluded = new(StringComparer.Ordinal);
        Screening screening = new(work, card, workload, context);
        List<(Machine Machine, Merit Merit)> screened = Screen(card, screening, request.Objective, excluded, out long considered);
        Confirmation confirmation = new(model, graph, recipe, card, screening, workload, context, invocation.Token);
        (string Name, Machine Machine)[] shipped = [.. Shipped(card, screening)];
        bool isCut = ProgressBar.Run(invocation.Output, "exploring", progress => Confirm(request, card, screening, screened, shipped, confirmation, progress));
        foreach (Confirmed misfit in confirmation.All.Where(c => c.Misfit is not null))
        {
            excluded[misfit.Misfit!] = excluded.GetValueOrDefault(misfit.Misfit!) + 1;
        }

        (string Reason, long Count)[] reasons = [.. excluded.OrderByDescending(e => e.Value).ThenBy(e => e.Key, StringComparer.Ordinal).Select(e => (e.Key, e.Value))];
        Confirmed[] runs = [.. confirmation.All.Where(c => c.Misfit is null)];
        return runs.Length == 0 ? throw Nothing(card, considered, reasons) : new Exploration
        {
            Card = card,
            Architecture = model.Config.Architecture,
            Recipe = recipe.Name,
            ContextLength = context,
            Workload = workload,
            Objective = request.Objective,
            Considered = considered,
            Excluded = reasons,
            Confirmed = runs,
            IsCut = isCut,
            Shipped = [.. shipped.SelectMany(s => runs.Where(c => c.Machine == s.Machine).Select(c => (s.Name, c)))],
        };
    }

    private static (Card Card, Recipe Recipe) Open(ExploreRequest request)
    {
        List<Diagnostic> faults = [];
        Card? card = null;
        Recipe? recipe = null;
        foreach (Action open in (Action[])[() => card = new CardCatalog().Find(request.Card), () => recipe = new RecipeCatalog().Find(request.Recipe)])
        {
            try
            {
                open();
            }
            catch (CompilationException e)
            {
                faults.AddRange(e.Diagnostics);
            }
        }

        return faults.Count > 0 ? throw new CompilationException(faults) : (card!, recipe!);
    }

    private List<(Machine Machine, Merit Merit)> Screen(
        Card card, Screening screening, Objective objective, Dictionary<string, long> excluded, out long considered)
    {
        List<(Machine Machine, Merit Merit)> fit = [];
        considered = 0;
        foreach (Machine machine in new MachineSpace(card).All())
        {
            invocation.Token.ThrowIfCancellationRequested();
            considered++;
            Target target = machine.On(card, "explored");
            CardUse use = CardUse.Of(target, card);
            if (screening.Misfit(machine, target, use) is { } reason)
            {
                excluded[reason] = excluded.GetValueOrDefault(reason) + 1;
            }
            else
            {
                fit.Add((machine, screening.Of(machine, target, use)));
            }
        }

        // A stable order: machines that are equal in all of it stay in that of the space.
        return [.. fit.OrderBy(f => f.Merit.Of(objective)).ThenBy(f => f.Merit.Share)];
    }

    // Targets that ship for the card take part, so that what is found is never worse.
    private static IEnumerable<(string Name, Machine Machine)> Shipped(Card card, Screening screening)
    {
        foreach (Target target in new TargetCatalog().All().Where(t => t.Card == card.Description))
        {
            if (Machine.Of(target) is { } machine && machine.On(card, target.Name) is var own
                && screening.Misfit(machine, own, CardUse.Of(own, card)) is null)
            {
                yield return (target.Name, machine);
            }
        }
    }

    private bool Confirm(
        ExploreRequest request, Card card, Screening screening, List<(Machine Machine, Merit Merit)> screened,
        (string Name, Machine Machine)[] shipped, Confirmation confirmation, Action<double> progress)
    {
        int first = Math.Max(1, (int)(request.Confirm * ScreenedShare));
        Machine[] chosen = [.. shipped.Select(s => s.Machine), .. Chosen(screened, first)];
        bool goesOn = Batches(chosen.Distinct().Take(first + shipped.Length), confirmation, request, progress);
        MachineSpace space = new(card);
        while (goesOn && Exploration.Ranked(confirmation.All, request.Objective).FirstOrDefault() is { } best)
        {
            Machine[] steps =
            [
                .. space.Neighbours(best.Machine).Where(m => !confirmation.Has(m)).Distinct()
                    .Select(m => (Machine: m, Target: m.On(card, "explored")))
                    .Select(m => (m.Machine, m.Target, Use: CardUse.Of(m.Target, card)))
                    .Where(m => screening.Misfit(m.Machine, m.Target, m.Use) is null)
                    .Select(m => (m.Machine, Merit: screening.Of(m.Machine, m.Target, m.Use)))
                    .OrderBy(m => m.Merit.Of(request.Objective)).ThenBy(m => m.Merit.Share)
                    .Select(m => m.Machine).Take(Math.Min(Batch, request.Confirm + shipped.Length - confirmation.All.Count)),
            ];
            if (steps.Length == 0)
            {
                break;
            }

            goesOn = Batches(steps, confirmation, request, progress);
        }

        confirmation.Finish(
        [
            .. shipped.Select(s => s.Machine).Where(m => confirmation.All.Any(c => c.Machine == m && c.Misfit is null)),
            .. Exploration.Ranked(confirmation.All, request.Objective).Take(Finalists).Select(c => c.Machine),
        ]);

        // The search may make one of them slower for this very workload: what then leads is compiled for too.
        while (Exploration.Ranked(confirmation.All, request.Objective).FirstOrDefault() is { IsFinished: false } next)
        {
            confirmation.Finish([next.Machine]);
        }

        return !goesOn;
    }

    // The best of each share of the card; then, for each number of cores in turn, the best program's best machines.
    private static IEnumerable<Machine> Chosen(List<(Machine Machine, Merit Merit)> screened, int count)
    {
        IEnumerable<Machine> smaller = Enumerable.Range(1, ShareBins)
            .SelectMany(bin => screened.Where(s => s.Merit.Share <= (double)bin / ShareBins).Take(1)).Select(s => s.Machine).Distinct();
        var best = screened.GroupBy(s => s.Machine.Cores)
            .SelectMany(cores => cores.GroupBy(s => s.Machine.ProgramKey).Take(count).Select((program, rank) => (rank, program)))
            .OrderBy(p => p.rank)
            .SelectMany(p => p.program.Take(MachinesPerProgram).Select(s => s.Machine));
        return smaller.Concat(best);
    }

    // Whether all batches were confirmed before the time was over.
    private bool Batches(IEnumerable<Machine> machines, Confirmation confirmation, ExploreRequest request, Action<double> progress)
    {
        foreach (Machine[] batch in machines.Chunk(Batch))
        {
            if (confirmation.All.Count > 0 && request.TimeLimit is { } limit && _elapsed.Elapsed.TotalSeconds > limit)
            {
                return false;
            }

            confirmation.Run(batch);
            progress(Math.Min(1, (double)confirmation.All.Count / request.Confirm));
        }

        return true;
    }

    private static CompilationException Nothing(Card card, long considered, IReadOnlyList<(string Reason, long Count)> reasons) => new(
        Codes.DoesNotFit,
        $"none of {considered} machines of card '{card.Name}' runs the model: {string.Join("; ", reasons.Select(r => $"{r.Count}: {r.Reason}"))}",
        card.Name, "use a smaller --max-length, a recipe with fewer bits, or a card with more memory and blocks");
}
