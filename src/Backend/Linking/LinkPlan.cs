using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Backend.Linking;

/// <summary>In which order matrices are packed, and how long each has to be there.</summary>
internal sealed class LinkPlan
{
    private readonly List<MatrixRun> _runs = [];
    private readonly List<LinkItem> _items = [];

    /// <summary>Plans a schedule: products in the order of the streams, and the tables beside the product that has the same matrix, where there is one.</summary>
    public LinkPlan(Schedule schedule)
    {
        string embedding = schedule.Tables.Single(t => t.Kind == TableKind.Quantized).Name;
        int tied = schedule.Products.ToList().FindIndex(p => p.Parts.Any(part => part.Weight == embedding));
        for (int p = 0; p < schedule.Products.Count; p++)
        {
            if (p == Math.Max(tied, 0))
            {
                Add(null, [embedding]);
            }

            Add(schedule.Products[p], schedule.Products[p].Parts.Select(part => part.Weight).Distinct());
        }

        if (schedule.Products.Count == 0)
        {
            Add(null, [embedding]);
        }
    }

    /// <summary>What is packed, in order.</summary>
    public IReadOnlyList<LinkItem> Items => _items;

    /// <summary>Matrices in the order in which they are needed.</summary>
    public IReadOnlyList<MatrixRun> Runs => _runs;

    /// <summary>The most memory that has to be there at a time, in bytes, and the matrix that is then made.</summary>
    /// <param name="costOf">Of a matrix.</param>
    public (string Weight, long Bytes) Largest(Func<string, MatrixCost> costOf)
    {
        (string weight, long most) = ("", 0);
        foreach (LinkItem item in _items)
        {
            long kept = 0;
            foreach (MatrixRun run in item.Matrices)
            {
                MatrixCost cost = costOf(run.Weight);
                if (kept + cost.Total > most)
                {
                    (weight, most) = (run.Weight, kept + cost.Total);
                }

                kept += cost.Kept;
            }
        }

        return (weight, most);
    }

    /// <summary>The matrices that are not needed behind an item.</summary>
    /// <param name="item">Its number.</param>
    public IEnumerable<MatrixRun> EndingAt(int item) =>
        _items[item].Matrices.Where(run => item + 1 == _items.Count || !_items[item + 1].Matrices.Contains(run));

    private void Add(Product? product, IEnumerable<string> weights)
    {
        IReadOnlyList<MatrixRun> before = _items.Count > 0 ? _items[^1].Matrices : [];
        List<MatrixRun> needed = [];
        foreach (string weight in weights)
        {
            MatrixRun? run = before.FirstOrDefault(r => r.Weight == weight);
            if (run is null)
            {
                _runs.Add(run = new MatrixRun(_runs.Count, weight));
            }

            needed.Add(run);
        }

        _items.Add(new LinkItem(product, needed));
    }
}
