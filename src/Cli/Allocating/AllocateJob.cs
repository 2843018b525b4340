using System.Diagnostics;
using System.Globalization;
using Flightc.Backend.Packing;
using Flightc.Checkpoints;
using Flightc.Cli.Calibrating;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Estimating;
using Flightc.Cli.Terminal;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes.Allocation;
using Flightc.Passes.Compression;
using Flightc.Passes.Migration;
using Flightc.Recipes;

namespace Flightc.Cli.Allocating;

/// <summary>Chooses a format for every weight of a model within a budget: docs/allocation.md.</summary>
/// <param name="invocation">Progress and interruption.</param>
internal sealed class AllocateJob(Invocation invocation)
{
    // Points of the front that are shown: enough for a curve.
    private const int ShownPoints = 25;

    private readonly DiagnosticBag _warnings = new();

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<Diagnostic> Warnings => _warnings.Items;

    /// <summary>Allocates.</summary>
    /// <exception cref="CompilationException">Nothing keeps the budget (FLC1207), a loss is not known (FLC1208), or the
    /// model cannot be mapped.</exception>
    public FoundAllocation Run(AllocateRequest request)
    {
        using CompileInputs inputs = CompileInputs.Open(request.Model, request.Target, request.Recipe, _warnings);
        LossTable? table = request.Losses is null ? null : LossTable.Read(request.Losses);
        ImportedModel imported = ModelImporter.Import(inputs.Checkpoint, hash: false, request.MaxLength);
        int length = CompileInputs.ContextLength(imported.Config, request.MaxLength, request.Model, _warnings);
        int context = request.Context ?? Math.Min(AllocationTimer.DefaultContext, length);
        new SequenceCase(context, 0).RequireFits(length);

        AllocationModel model = new(imported, inputs.Target, inputs.Recipe, length, request.SearchLimit);
        using CalibrationSource? calibration = request.Calibration is null || table is not null ? null : CalibrationSource.Open(
            request.Calibration, request.Model, inputs.Checkpoint, imported, request.Threads, _warnings, invocation);
        CalibratedLoss? calibrated = calibration is null
            ? null : LossAfterMigration(imported, calibration.Statistics, inputs.Recipe, request.Threads);
        LossSource losses = SourceOf(table, calibrated, imported, inputs.Checkpoint, request);
        StoredSizes sizes = SizesOf(model);
        RequireKept(request, model);
        if (calibrated is not null)
        {
            ProgressBar.Run(invocation.Output, "losses", progress =>
            {
                calibrated.Find([.. model.Tensors.Select(t => (t.Role, FormatsOf(model, t, request, losses)))], progress, invocation.Token);
                return 0;
            });
        }

        AllocationItem[] items = ProgressBar.Run(
            invocation.Output, calibrated is null ? "losses" : "sizes", progress => ItemsOf(model, request, losses, sizes, progress));
        long start = Stopwatch.GetTimestamp();
        Allocator allocator = new(items);
        invocation.Output.Detail($"front: {allocator.PointCount} points in {Quantity.Time(Stopwatch.GetElapsedTime(start))}");
        AssignmentCompiler compiler = new(model, items, context, request.Name, invocation.Token);
        TimeFit time = new(allocator, compiler, request.Budget);
        Fitted fitted = ProgressBar.Run(
            invocation.Output, "fitting",
            _ => request.Budget.Kind == BudgetKind.Milliseconds ? time.Run() : new SizeFit(allocator, compiler, request.Budget, invocation.Output.Detail).Run());
        foreach (Diagnostic misfit in fitted.Misfits)
        {
            _warnings.Warning(misfit.Code, misfit.Message, misfit.Location, misfit.Help);
        }

        return new FoundAllocation
        {
            Architecture = imported.Config.Architecture,
            Model = model,
            Request = request,
            Context = context,
            Losses = losses,
            Candidates = [.. items.SelectMany(i => i.Options).Select(o => o.Format).Distinct()],
            Items = items,
            Fitted = Described(fitted, compiler, request, imported, losses),
            PointCount = allocator.PointCount,
            Front = ProgressBar.Run(invocation.Output, "front", progress => FrontOf(allocator, compiler, time, request, progress)),
            Recipes = RecipesOf(model, compiler, losses, request),
        };
    }

    // Losses are those of the weights as compiling changes them; scales are searched for the formats of the recipe that is changed.
    private static CalibratedLoss LossAfterMigration(ImportedModel model, ICalibration calibration, Recipe recipe, int threads)
    {
        Graph graph = model.Graph;
        string head = graph.NameOf(graph.NodeOf(graph.Outputs[0])!.Operands[1]);
        MigratedModel migrated = MigratedModel.Of(
            graph, weight => recipe.FormatOf(weight.Name, isHead: weight.Name == head), model.Weights, calibration, recipe.Compression, threads);
        return new CalibratedLoss(graph, migrated.Weights, migrated.Calibration!, recipe.Compression) { Threads = threads };
    }

    private static LossSource SourceOf(LossTable? table, CalibratedLoss? calibrated, ImportedModel model, HuggingFaceCheckpoint checkpoint, AllocateRequest request)
    {
        if (table is not null)
        {
            return new LossSource(table, LossSource.File);
        }

        if (!checkpoint.HasWeights)
        {
            throw new CompilationException(
                Codes.FileNotReadable, "there are no weights beside the configuration, and their losses have to be found", checkpoint.ConfigPath,
                "name a folder with safetensors files, or give losses with --losses");
        }

        return calibrated is not null ? new LossSource(calibrated, LossSource.Nats) : new LossSource(new RelativeErrorLoss(model.Graph, model.Weights) { Threads = request.Threads }, LossSource.RelativeError);
    }

    private static StoredSizes SizesOf(AllocationModel model)
    {
        var mapped = model.Map(model.Recipe);
        return new StoredSizes(mapped.Schedule, mapped.Addresses);
    }

    private static void RequireKept(AllocateRequest request, AllocationModel model)
    {
        if (request.Kept.FirstOrDefault(pattern => !model.Tensors.Any(t => new WeightRule(pattern, default).Covers(t.Role))) is { } idle)
        {
            throw new CompilationException(
                Codes.Usage, $"--keep '{Excerpt.Of(idle)}' matches no weight of this model", "",
                $"the weights are called {Excerpt.List([.. model.Tensors.Select(t => t.Role)])}");
        }
    }

    private AllocationItem[] ItemsOf(
        AllocationModel model, AllocateRequest request, LossSource losses, StoredSizes sizes, Action<double> progress)
    {
        List<AllocationItem> items = [];
        foreach (AllocatedTensor tensor in model.Tensors)
        {
            List<AllocationOption> options = [];
            foreach (QuantizedFormat format in FormatsOf(model, tensor, request, losses))
            {
                invocation.Token.ThrowIfCancellationRequested();
                double loss = losses.LossOf(tensor.Role, format);
                if (double.IsFinite(loss))
                {
                    options.Add(new AllocationOption(format, CostOf(tensor, format, sizes, request.Budget), loss));
                }
            }

            items.Add(options.Count > 0 ? new AllocationItem(tensor.Role, options) : throw NoFormat(tensor));
            progress((double)items.Count / model.Tensors.Count);
        }

        return [.. items];
    }

    private static QuantizedFormat[] FormatsOf(AllocationModel model, AllocatedTensor tensor, AllocateRequest request, LossSource losses)
    {
        bool isKept = request.Kept.Any(pattern => new WeightRule(pattern, default).Covers(tensor.Role));
        IEnumerable<QuantizedFormat> formats = isKept
            ? [AllocationModel.FormatOf(model.Recipe, tensor)]
            : request.Candidates ?? losses.FormatsOf(tensor.Role) ?? CandidateFormats.Default;
        return [.. formats.Where(tensor.CanHave)];
    }

    // A table of tokens takes no HBM, and of a decode step only the bytes of a row.
    private static long CostOf(AllocatedTensor tensor, QuantizedFormat format, StoredSizes sizes, Budget budget) =>
        sizes.StreamBytes(tensor.Role, format) + (tensor.IsTable && budget.Kind == BudgetKind.Bits ? sizes.TableBytes(format) : 0);

    private static CompilationException NoFormat(AllocatedTensor tensor) => new(
        Codes.BudgetUnreachable,
        $"there is no candidate for '{tensor.Role}'{(tensor.IsTable ? ", which is a table of tokens: that takes no sparsity" : "")}", "",
        "add a format to --candidates or to the file of losses, or let the recipe decide with --keep");

    private static Fitted Described(
        Fitted fitted, AssignmentCompiler compiler, AllocateRequest request, ImportedModel model, LossSource losses)
    {
        string name = $"{model.Graph.Name}-{Quantity.Short(Compilation.WeightCount(model.Graph))}";
        string description = string.Create(
            CultureInfo.InvariantCulture,
            $"found for {name} by allocate: at most {request.Budget.InWords}; {fitted.Point.BitsPerWeight:F3} bits per weight, a predicted loss of {fitted.Point.Loss:G4} {losses.Unit}");
        return fitted with { Point = fitted.Point with { Recipe = compiler.RecipeOf(fitted.Assignment, description) } };
    }

    private static AllocationPoint[] FrontOf(
        Allocator allocator, AssignmentCompiler compiler, TimeFit time, AllocateRequest request, Action<double> progress)
    {
        List<AllocationPoint> points = [];
        int[] numbers = Spread(allocator);
        foreach (int number in numbers)
        {
            FormatAssignment assignment = allocator.Point(number);
            points.Add(time.Timed.TryGetValue(number, out AllocationPoint? timed) ? timed
                : request.HasTimes ? compiler.Compile(compiler.RecipeOf(assignment), assignment.Loss).Point
                : compiler.Map(assignment));
            progress((double)points.Count / numbers.Length);
        }

        return [.. points];
    }

    // Evenly over the bytes.
    private static int[] Spread(Allocator allocator)
    {
        long first = allocator.CostOfPoint(0);
        long last = allocator.CostOfPoint(allocator.PointCount - 1);
        SortedSet<int> numbers = [0, allocator.PointCount - 1];
        for (int i = 1, point = 0; i < ShownPoints - 1; i++)
        {
            double wanted = first + ((double)(last - first) * i / (ShownPoints - 1));
            while (point + 1 < allocator.PointCount
                && Math.Abs(allocator.CostOfPoint(point + 1) - wanted) <= Math.Abs(allocator.CostOfPoint(point) - wanted))
            {
                point++;
            }

            numbers.Add(point);
        }

        return [.. numbers];
    }

    private AllocationPoint[] RecipesOf(
        AllocationModel model, AssignmentCompiler compiler, LossSource losses, AllocateRequest request)
    {
        List<AllocationPoint> points = [];
        IEnumerable<Recipe> others = new RecipeCatalog().All();
        foreach (Recipe recipe in others.Any(r => r.Name == model.Recipe.Name) ? others : others.Append(model.Recipe))
        {
            invocation.Token.ThrowIfCancellationRequested();
            (AllocatedTensor Tensor, QuantizedFormat Format)[] formats;
            try
            {
                formats = [.. model.Tensors.Select(t => (t, AllocationModel.FormatOf(recipe, t)))];
            }
            catch (CompilationException)
            {
                // A recipe that this model cannot have.
                continue;
            }

            if (formats.All(f => losses.FormatsOf(f.Tensor.Role)?.Contains(f.Format) ?? true))
            {
                double loss = formats.Sum(f => losses.LossOf(f.Tensor.Role, f.Format));
                points.Add(request.HasTimes ? compiler.Compile(recipe, loss).Point : compiler.Map(recipe, loss));
            }
        }

        return [.. points];
    }
}
