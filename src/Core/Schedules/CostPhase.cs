using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>The steps of a phase, loops with their bodies, and which regions share bytes.</summary>
internal sealed class CostPhase
{
    private readonly Schedule _schedule;
    private readonly Phase _phase;
    private readonly Dictionary<string, int> _regions = [];
    private readonly Dictionary<string, int> _products;
    private readonly int[][] _sharing;
    private readonly Dictionary<string, CostConflict[]> _conflicts = new(StringComparer.Ordinal);

    public CostPhase(Schedule schedule, Phase phase)
    {
        (_schedule, _phase) = (schedule, phase);
        _products = schedule.Products.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i);
        int at = 0;
        Steps = Read(ref at);
        Region[] used = [.. _regions.OrderBy(r => r.Value).Select(r => schedule.RegionOf(r.Key))];
        _sharing =
        [
            .. used.Select(a => Enumerable.Range(0, used.Length)
                .Where(b => a.Address < used[b].Address + used[b].Bytes && used[b].Address < a.Address + a.Bytes)
                .ToArray()),
        ];
        foreach (CostStep step in Steps.Concat(Steps.SelectMany(s => s.Body)))
        {
            step.Conflicts = ConflictsOf(step.Accesses);
            foreach (CostParty party in step.Parties)
            {
                party.Conflicts = ConflictsOf(party.Accesses);
            }
        }
    }

    public CostStep[] Steps { get; }

    /// <summary>Number of regions.</summary>
    public int Regions => _regions.Count;

    // The regions that share bytes with what is used, each once. Layers are alike, so few lists are different.
    private CostConflict[] ConflictsOf(CostAccess[] accesses)
    {
        string key = new([.. accesses.Select(a => (char)((a.Region << 2) | (a.Writes ? 1 : 0) | (a.IsPerHead ? 2 : 0)))]);
        if (!_conflicts.TryGetValue(key, out CostConflict[]? conflicts))
        {
            conflicts =
            [
                .. accesses
                    .SelectMany(access => _sharing[access.Region].Select(region => (region, access.Writes, access.IsPerHead)))
                    .GroupBy(c => (c.region, c.IsPerHead))
                    .Select(g => new CostConflict(g.Key.region, g.Any(c => c.Writes), g.Key.IsPerHead)),
            ];
            _conflicts.Add(key, conflicts);
        }

        return conflicts;
    }

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
                Parties =
                [
                    .. body.GroupBy(s => s.Unit)
                        .Select(unit => new CostParty(unit.Key, [.. unit.SelectMany(s => s.Accesses).Distinct()])),
                ],
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
            bool isRegion = argument.Role is ArgumentRole.Read or ArgumentRole.Write or ArgumentRole.Update;
            if (isRegion && step.Find(argument.Key) is { } name)
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
            case StepKind.LoadIndexed:
                return _schedule.TableOf(step.Text("table")).RowBytes;
            case StepKind.LoadVector when step.Find("product") is not null:
                return sizeof(float) * RowsOf(step, core);
            case StepKind.LoadVector or StepKind.LoadPositions:
                return sizeof(float) * (Over(step)?.Count(core) ?? _schedule.TableOf(step.Text("table")).Columns);
            case StepKind.LoadMask:
                return _schedule.HeadsOf(core).Count * _schedule.Group * _schedule.MaskTable!.MaskBytes;
            case StepKind.Embed:
                return Over(step)?.Count(core) ?? _schedule.TableOf(step.Text("table")).Columns;
            case StepKind.Bias when step.Find("part") is null:
                return _schedule.BlocksOf(_schedule.ProductOf(step.Text("product")), core).Count * (long)Schedule.BlockRows;
            case StepKind.Norm when step.Find("product") is null:
                return step.Number("count");
            case StepKind.Measure or StepKind.Quantize or StepKind.Add:
                return Over(step)?.Count(core) * step.Number("each", 1) ?? step.Number("count");
            case StepKind.Gather:
                long given = CostMachine.Ceiling(Over(step)!.Count(core) * step.Number("each", 1), step.Number("per", 1));
                return given * _schedule.RegionOf(step.Text("region")).ElementBytes;
            case StepKind.Maximum or StepKind.Sum:
                return step.Number("each", 1) * _schedule.RegionOf(step.Text("region")).ElementBytes;
            case StepKind.Heads or StepKind.Activate or StepKind.Bias or StepKind.Norm or StepKind.StoreLogits:
                return RowsOf(step, core);
            case StepKind.Output:
                return _schedule.Group * _schedule.Cache.HeadDim * (step.Number("all") == 1 ? _schedule.HeadsOf(core).Count : 1);
            default:
                return 0;
        }
    }

    private long RowsOf(Step step, int core)
    {
        Product product = _schedule.ProductOf(step.Text("product"));
        return _schedule.RowsOf(product, product.Parts[(int)step.Number("part")], core).Count;
    }

    private Partition? Over(Step step) => step.Find("over") is { } name ? _schedule.PartitionOf(name) : null;
}
