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
                yield return New(SymbolForm.Values, "out", 0, Over(step).First(core), Over(step).Count(core));
                break;
            case StepKind.Quantize when step.Find("over") is not null:
                long begin = Over(step).First(core);
                yield return New(SymbolForm.Codes, "codes", begin, begin, Over(step).Count(core));
                yield return New(SymbolForm.Scales, "scales", 0, 0, 1);
                break;
            case StepKind.Quantize:
                yield return New(SymbolForm.Codes, "codes", 0, 0, step.Number("count"));
                yield return New(SymbolForm.Scales, "scales", 0, 0, 1);
                break;
            case StepKind.Heads:
                (ProductPart part, long head, long heads, _) = _rows.HeadsOf(step);
                long inPart = head - part.Offset;
                yield return New(SymbolForm.Codes, "codes", head * _headDim, inPart * _headDim, heads * _headDim);
                yield return New(SymbolForm.Scales, "scales", 4 * head, inPart, heads);
                break;
            case StepKind.Measure when step.Find("count") is not null && core == 0:
                // Whole rows of attention output, of all tokens, are on every core; the first one tells.
                yield return Named(step.Text("of"), SymbolForm.Values, "source", 0, 0, step.Number("count")) with { OnlyWanted = false };
                break;
            case StepKind.SwiGlu:
                Product gated = schedule.ProductOf(step.Text("product"));
                (long firstRow, long count) = schedule.RowsOf(gated, gated.Parts[0], core);
                yield return New(
                    SymbolForm.Values, "out", 4L * gated.FirstBlock * Schedule.BlockRows, firstRow, count);
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
                long offset = 4 * (product.Alternate ? Schedule.BlockRows * p : _rows.PartOffset(product, p));
                yield return Named(product.Parts[p].Node, form, "out", offset, first, rows);
            }
        }
    }

    private Partition Over(Step step) => schedule.PartitionOf(step.Text("over"));
}
