using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>What a step uses of a region.</summary>
/// <param name="Region">Its number.</param>
/// <param name="Writes">Whether it is written.</param>
/// <param name="IsPerHead">Whether an iteration of a loop uses a row of its own.</param>
internal readonly record struct CostAccess(int Region, bool Writes, bool IsPerHead);

/// <summary>A step, its numbers read.</summary>
/// <param name="Step">The step.</param>
/// <param name="Unit">Who executes it.</param>
/// <param name="Accesses">What it uses.</param>
/// <param name="Product">Number of its product, or -1.</param>
/// <param name="Numbers">By core: elements of a row, or what the kind of step counts; of a loop, iterations.</param>
internal sealed record CostStep(Step Step, Unit Unit, CostAccess[] Accesses, int Product, long[] Numbers)
{
    public StepKind Kind => Step.Kind;

    /// <summary>Whether it works only on the tokens whose logits are wanted.</summary>
    public bool IsWanted { get; } = Step.Number("wanted") == 1;

    /// <summary>Segments of a normalisation, or 0.</summary>
    public long Segments { get; init; }

    /// <summary>Of a loop, what its body does, and the accesses of each unit that takes part.</summary>
    public CostStep[] Body { get; init; } = [];

    public (Unit Unit, CostAccess[] Accesses)[] Parties { get; init; } = [];
}

/// <summary>The steps of a phase, loops with their bodies, and which regions share bytes.</summary>
internal sealed class CostPhase
{
    private readonly Schedule _schedule;
    private readonly Phase _phase;
    private readonly Dictionary<string, int> _regions = [];
    private readonly Dictionary<string, int> _products;

    public CostPhase(Schedule schedule, Phase phase)
    {
        (_schedule, _phase) = (schedule, phase);
        _products = schedule.Products.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i);
        int at = 0;
        Steps = Read(ref at);
        Region[] used = [.. _regions.OrderBy(r => r.Value).Select(r => schedule.RegionOf(r.Key))];
        Sharing =
        [
            .. used.Select(a => Enumerable.Range(0, used.Length)
                .Where(b => a.Address < used[b].Address + used[b].Bytes && used[b].Address < a.Address + a.Bytes).ToArray()),
        ];
    }

    public CostStep[] Steps { get; }

    /// <summary>By region, the regions that it shares bytes with, itself among them.</summary>
    public int[][] Sharing { get; }

    private CostStep[] Read(ref int at)
    {
        List<CostStep> steps = [];
        while (at < _phase.Steps.Count && _phase.Steps[at].Kind != StepKind.End)
        {
            Step step = _phase.Steps[at++];
            if (step.Kind != StepKind.For)
            {
                steps.Add(Read(step));
                continue;
            }

            CostStep[] body = Read(ref at);
            at++;
            steps.Add(new CostStep(step, Unit.System, [], -1, PerCore(c => _schedule.HeadsOf(c).Count))
            {
                Body = body,
                Parties = [.. body.GroupBy(s => s.Unit).Select(g => (g.Key, g.SelectMany(s => s.Accesses).Distinct().ToArray()))],
            });
        }

        return [.. steps];
    }

    private CostStep Read(Step step)
    {
        List<CostAccess> accesses = [];
        StepDefinition definition = StepDefinition.Of(step.Kind);
        foreach (ArgumentDefinition argument in definition.Arguments)
        {
            if (argument.Role is ArgumentRole.Read or ArgumentRole.Write or ArgumentRole.Update && step.Find(argument.Key) is { } name)
            {
                _regions.TryAdd(name, _regions.Count);
                accesses.Add(new CostAccess(
                    _regions[name], argument.Role != ArgumentRole.Read, _schedule.RegionOf(name).IsPerHead));
            }
        }

        int product = step.Find("product") is { } text ? _products[text] : -1;
        return new CostStep(step, definition.Unit ?? _phase.MatrixUnit, [.. accesses], product, PerCore(c => NumberOf(step, c)))
        {
            Segments = step.Kind == StepKind.Quantize && step.Find("sums") is not null
                ? CostMachine.Ceiling(Over(step)?.Total * step.Number("each", 1) ?? step.Number("count"), 64) : 0,
        };
    }

    private long[] PerCore(Func<int, long> number) =>
        [.. Enumerable.Range(0, _schedule.Geometry.Cores.Count).Select(number)];

    // Elements of a row, but bytes for what is loaded and exchanged, and heads where heads are counted.
    private long NumberOf(Step step, int core)
    {
        switch (step.Kind)
        {
            case StepKind.LoadIndexed or StepKind.LoadPositions:
                return _schedule.TableOf(step.Text("table")).RowBytes;
            case StepKind.LoadVector:
                return sizeof(float) * (Over(step)?.Count(core) ?? _schedule.TableOf(step.Text("table")).Columns);
            case StepKind.Embed:
                return Over(step)?.Count(core) ?? _schedule.TableOf(step.Text("table")).Columns;
            case StepKind.Measure or StepKind.Quantize:
                return Over(step)?.Count(core) * step.Number("each", 1) ?? step.Number("count");
            case StepKind.Gather:
                long given = CostMachine.Ceiling(Over(step)!.Count(core) * step.Number("each", 1), step.Number("per", 1));
                return given * _schedule.RegionOf(step.Text("region")).ElementBytes;
            case StepKind.Maximum or StepKind.Sum:
                return step.Number("each", 1) * _schedule.RegionOf(step.Text("region")).ElementBytes;
            case StepKind.Heads or StepKind.SwiGlu or StepKind.StoreLogits:
                Product product = _schedule.ProductOf(step.Text("product"));
                return _schedule.RowsOf(product, product.Parts[(int)step.Number("part")], core).Count;
            case StepKind.Output:
                return _schedule.Group * _schedule.Cache.HeadDim * (step.Number("all") == 1 ? _schedule.HeadsOf(core).Count : 1);
            default:
                return 0;
        }
    }

    private Partition? Over(Step step) => step.Find("over") is { } name ? _schedule.PartitionOf(name) : null;
}
