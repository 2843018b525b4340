using Flightc.Backend.Packing;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>Turns a Schedule into a Program: Schedule → Program.</summary>
/// <remarks>
/// Every step becomes one instruction on every core; tokens come from <see cref="TokenPlan"/>. Loads of
/// weights are put in where the load unit could otherwise be stopped: before it, everything that earlier
/// steps consume is on its way, and as much more of what comes later as the mapping says and the fullest ring
/// holds.
/// </remarks>
public static class Emitter
{
    /// <summary>The program of a schedule.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="addresses">Where everything lies.</param>
    /// <exception cref="CompilationException">The weight rings are too small for how unevenly the channels
    /// share a product (FLC3001).</exception>
    public static MachineProgram Emit(Schedule schedule, AddressMap addresses)
    {
        EntryPoint[] entries = [.. schedule.Phases.Select(phase => Emit(schedule, addresses, phase))];
        return new MachineProgram(
            schedule.Geometry, addresses.Memory, new Registers(schedule).All, entries);
    }

    private static EntryPoint Emit(Schedule schedule, AddressMap addresses, Phase phase)
    {
        IReadOnlyList<PlannedItem> items = TokenPlan.Of(schedule, phase);
        List<IReadOnlyList<IReadOnlyList<Instruction>>> streams = [];
        List<Symbol> symbols = [];
        for (int core = 0; core < schedule.Geometry.Cores.Count; core++)
        {
            CoreEmitter emitter = new(schedule, addresses, phase, core);
            foreach (PlannedItem item in items)
            {
                emitter.Emit(item);
            }

            streams.Add(emitter.Streams);
            symbols.AddRange(emitter.Symbols);
        }

        return new EntryPoint(phase.Name, streams, symbols);
    }

    /// <summary>Builds the streams of one core.</summary>
    private sealed class CoreEmitter(Schedule schedule, AddressMap addresses, Phase phase, int core)
    {
        private readonly List<Instruction>[] _streams = [.. Enum.GetValues<Unit>().Select(_ => new List<Instruction>())];
        private readonly StepEmitter _steps = new(schedule, addresses, phase.MatrixUnit, core);
        private readonly StepSymbols _symbols = new(schedule, core);
        private readonly StreamLayout _layout = addresses.Streams[core];
        private readonly Dictionary<string, int> _productNumbers =
            schedule.Products.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i);
        private long _pagesNeeded;
        private long _leastConsumed;
        private long _pagesLoaded;
        private bool _isInLoop;

        public IReadOnlyList<IReadOnlyList<Instruction>> Streams => _streams;

        public List<Symbol> Symbols { get; } = [];

        public void Emit(PlannedItem item)
        {
            if (item.Step is { Kind: StepKind.For or StepKind.End } loop)
            {
                EmitLoop(loop, item.LoopUnits);
                return;
            }

            if (item.Unit == Unit.Load && (item.Wait != Units.None || item.Step is { Kind: StepKind.LoadCache } && !_isInLoop))
            {
                LoadAhead();
            }

            if (item.Step is null)
            {
                Append(item.Unit, new Synchronize(), item, "");
                return;
            }

            if (item.Step.Kind == StepKind.Linear)
            {
                NeedWeights(item.Step.Text("product"));
            }

            if (item.Step.Kind == StepKind.Finish)
            {
                LoadWeights(_layout.Pages, "weights");
            }

            Append(item.Unit, _steps.Emit(item.Step), item, item.Step.Name);
            Symbols.AddRange(_symbols.Of(item.Step, item.Unit, _streams[(int)item.Unit].Count - 1));
        }

        private void EmitLoop(Step loop, Units units)
        {
            _isInLoop = loop.Kind == StepKind.For;
            if (loop.Kind == StepKind.For && units.HasFlag(Units.Load))
            {
                // The KV rings may fill up and stop the load unit until attention runs.
                LoadAhead();
            }

            foreach (Unit unit in Enum.GetValues<Unit>().Where(u => units.HasFlag((Units)(1 << (int)u))))
            {
                Instruction instruction = loop.Kind == StepKind.For
                    ? new BeginLoop { Count = schedule.HeadsOf(core).Count }
                    : new EndLoop();
                instruction.Provenance = loop.Name;
                _streams[(int)unit].Add(instruction);
            }
        }

        // Pages arrive in all rings of a core at once. The channel that has the fewest bytes of what has been
        // multiplied so far keeps the most of them, and they have to fit its ring.
        private void NeedWeights(string product)
        {
            int number = _productNumbers[product];
            _pagesNeeded = Math.Max(_pagesNeeded, _layout.PagesThrough(number));
            _leastConsumed = Enumerable.Range(0, _layout.Channels).Min(channel => _layout.End(number, channel));
            long kept = (_pagesNeeded * schedule.Geometry.PageBytes) - _leastConsumed;
            if (kept > schedule.Geometry.WeightRingBytes)
            {
                throw new CompilationException(
                    Codes.DoesNotFit,
                    $"the weight rings of target '{schedule.Geometry.Target}' hold {schedule.Geometry.WeightRingBytes} bytes, and product '{product}' needs {kept} on core {core}, "
                    + "whose channels share it unevenly",
                    product, "use a target with larger weight rings, or a recipe with fewer different formats");
            }
        }

        private void LoadAhead()
        {
            // What is put into the rings here has to fit them once all products so far have been multiplied, which does not
            // depend on what follows: so whatever stops the load unit next, it cannot be that. The fullest ring decides.
            long ring = schedule.Geometry.WeightRingBytes;
            int page = schedule.Geometry.PageBytes;
            long wanted = ring * schedule.Mapping.AheadPercent / 100 / page;
            long upTo = Math.Min(_pagesNeeded + wanted, (_leastConsumed + ring) / page);
            LoadWeights(Math.Min(_layout.Pages, upTo), "weights");
        }

        private void LoadWeights(long upTo, string provenance)
        {
            if (upTo > _pagesLoaded)
            {
                _streams[(int)Unit.Load].Add(new LoadWeights
                {
                    Address = _pagesLoaded * schedule.Geometry.PageBytes,
                    Pages = upTo - _pagesLoaded,
                    Provenance = provenance,
                });
                _pagesLoaded = upTo;
            }
        }

        private void Append(Unit unit, Instruction instruction, PlannedItem item, string provenance)
        {
            instruction.Wait = item.Wait;
            instruction.Release = item.Release;
            instruction.Provenance = provenance;
            _streams[(int)unit].Add(instruction);
        }
    }
}
