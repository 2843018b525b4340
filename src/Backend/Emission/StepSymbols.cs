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
        bool wanted = step.Number("wanted") != 0;
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
            case StepKind.Activate:
                Product gated = schedule.ProductOf(step.Text("product"));
                (long firstRow, long count) = schedule.RowsOf(gated, gated.Parts[0], core);
                long before = step.Text("source") == step.Text("out") ? 0 : (long)gated.FirstBlock * Schedule.BlockRows;
                yield return New(SymbolForm.Values, "out", 4 * (PlaceOf(step) + before), firstRow, count);
                break;
            case StepKind.Linear:
                foreach (Symbol symbol in PartsOf(
                    schedule.ProductOf(step.Text("product")), _ => true, part => (step.Number("biased") & (1 << part)) != 0))
                {
                    yield return symbol;
                }

                break;
            case StepKind.Bias:
                foreach (Symbol symbol in PartsOf(
                    schedule.ProductOf(step.Text("product")), part => step.Find("part") is null || part == step.Number("part"), _ => false))
                {
                    yield return symbol;
                }

                break;
            case StepKind.Norm when step.Find("product") is not null:
                PartHeads normed = _rows.HeadsOf(step);
                yield return New(SymbolForm.Values, "out", 4 * normed.Offset, normed.First * _headDim, normed.Count * _headDim);
                break;
            case StepKind.Norm when core == 0:
                yield return New(SymbolForm.Values, "out", 0, 0, step.Number("count"));
                break;
            case StepKind.Add when step.Find("over") is not null:
                long place = schedule.RegionOf(step.Text("out")).Slice.Length > 0 ? 0 : PlaceOf(step);
                yield return New(SymbolForm.Values, "out", 4 * place, Over(step).First(core), Over(step).Count(core));
                break;
            case StepKind.Add when core == 0:
                yield return New(SymbolForm.Values, "out", 0, 0, step.Number("count"));
                break;
            default:
                break;
        }

        IEnumerable<Symbol> PartsOf(Product product, Func<int, bool> isWanted, Func<int, bool> lacksBias)
        {
            SymbolForm FormOf(int part) => (product.Alternate, lacksBias(part)) switch
            {
                (false, false) => SymbolForm.Values,
                (true, false) => SymbolForm.AlternateBlocks,
                (false, true) => SymbolForm.Unbiased,
                (true, true) => SymbolForm.UnbiasedBlocks,
            };
            foreach (int p in Enumerable.Range(0, product.Parts.Count).Where(isWanted))
            {
                (long first, long rows) = schedule.RowsOf(product, product.Parts[p], core);
                long offset = 4 * (PlaceOf(step) + (product.Alternate ? Schedule.BlockRows * p : _rows.PartOffset(product, p)));
                yield return Named(product.Parts[p].Node, FormOf(p), "out", offset, first, rows);
            }
        }
    }

    // Where the core's results begin in whole rows; at the start where they do not stand in such.
    private long PlaceOf(Step step) => step.Find("over") is null ? 0 : Over(step).First(core);

    private Partition Over(Step step) => schedule.PartitionOf(step.Text("over"));
}
