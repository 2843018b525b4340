using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>Says which named activations a step leaves in one core's scratch, and where.</summary>
internal sealed class StepSymbols(Schedule schedule, int core)
{
    private readonly ProductRows _rows = new(schedule, core);
    private readonly int _headDim = schedule.Cache.HeadDim;

    /// <summary>The named activations that lie in scratch when a step's instruction ends.</summary>
    /// <param name="step">The step.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="index">Number of its instruction in the unit's stream.</param>
    public IEnumerable<Symbol> Of(Step step, Unit unit, int index)
    {
        bool wanted = step.Number("wanted") == 1;
        Symbol New(SymbolForm form, string key, long offset, long first, long count) =>
            Named(step.Name, form, key, offset, first, count);
        Symbol Named(string name, SymbolForm form, string key, long offset, long first, long count)
        {
            Region region = schedule.RegionOf(step.Text(key));
            return new Symbol(
                name, form, core, unit, index, region.Address + offset, region.Stride, first, count, wanted);
        }

        switch (step.Kind)
        {
            case StepKind.Embed:
                if (step.Find("over") is not null)
                {
                    yield return New(SymbolForm.Values, "out", 0, Over(step).First(core), Over(step).Count(core));
                }
                else if (core == 0)
                {
                    // Whole rows are the same on every core; the first one tells.
                    yield return New(SymbolForm.Values, "out", 0, 0, schedule.TableOf(step.Text("table")).Columns);
                }

                break;
            case StepKind.Quantize when step.Find("over") is not null:
                long each = step.Number("each", 1);
                long begin = Over(step).First(core) * each;
                yield return New(SymbolForm.Codes, "codes", begin, begin, Over(step).Count(core) * each);
                yield return New(SymbolForm.Scales, "scales", 0, 0, 1);
                break;
            case StepKind.Quantize:
                yield return New(SymbolForm.Codes, "codes", 0, 0, step.Number("count"));
                yield return New(SymbolForm.Scales, "scales", 0, 0, 1);
                break;
            case StepKind.Heads:
                PartHeads heads = _rows.HeadsOf(step);
                yield return New(
                    SymbolForm.Codes, "codes", heads.Place * _headDim, heads.First * _headDim,
                    heads.Count * _headDim);
                yield return New(SymbolForm.Scales, "scales", 4 * heads.Place, heads.First, heads.Count);
                break;
            case StepKind.Measure when step.Find("of") is { } of && step.Find("over") is not null:
                long times = step.Number("each", 1);
                yield return Named(
                    of, SymbolForm.Values, "source", 0, Over(step).First(core) * times,
                    Over(step).Count(core) * times) with { OnlyWanted = false };
                break;
            case StepKind.Measure when step.Find("of") is not null && core == 0:
                // Whole rows of attention output, of all tokens, are on every core; the first one tells.
                yield return Named(step.Text("of"), SymbolForm.Values, "source", 0, 0, step.Number("count")) with { OnlyWanted = false };
                break;
            case StepKind.SwiGlu:
                Product gated = schedule.ProductOf(step.Text("product"));
                (long firstRow, long count) = schedule.RowsOf(gated, gated.Parts[0], core);
                yield return New(
                    SymbolForm.Values, "out", 4 * (PlaceOf(step) + ((long)gated.FirstBlock * Schedule.BlockRows)),
                    firstRow, count);
                break;
            case StepKind.Linear:
                foreach (Symbol symbol in PartsOf(schedule.ProductOf(step.Text("product"))))
                {
                    yield return symbol;
                }

                break;
            default:
                break;
        }

        IEnumerable<Symbol> PartsOf(Product product)
        {
            SymbolForm form = product.Alternate ? SymbolForm.AlternateBlocks : SymbolForm.Values;
            for (int p = 0; p < product.Parts.Count; p++)
            {
                (long first, long rows) = schedule.RowsOf(product, product.Parts[p], core);
                long offset = 4 * (PlaceOf(step) + (product.Alternate ? Schedule.BlockRows * p : _rows.PartOffset(product, p)));
                yield return Named(product.Parts[p].Node, form, "out", offset, first, rows);
            }
        }
    }

    // Where the core's results begin in whole rows; at the start where they do not stand in such.
    private long PlaceOf(Step step) => step.Find("over") is null ? 0 : Over(step).First(core);

    private Partition Over(Step step) => schedule.PartitionOf(step.Text("over"));
}
