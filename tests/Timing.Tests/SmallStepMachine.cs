namespace Flightc.Tests;

/// <summary>
/// One load unit and one matrix engine with their rings, simulated in steps of a fraction of a cycle: every burst,
/// page, row and tile by itself. Shares nothing with the model it is held against.
/// </summary>
internal sealed class SmallStepMachine
{
    private const double Step = 1.0 / 32;
    private const double Least = 1e-9;

    /// <summary>Bytes that a channel delivers in a cycle.</summary>
    public required double Rate { get; init; }

    /// <summary>Cycles from the end of a transfer until its data is there.</summary>
    public required double Latency { get; init; }

    public required int RowBytes { get; init; }

    public required double RowSwitch { get; init; }

    public required int Page { get; init; }

    public required int WeightRing { get; init; }

    public required int CacheRing { get; init; }

    public required int Width { get; init; }

    /// <summary>Multiply-accumulates in a cycle.</summary>
    public required double Macs { get; init; }

    public required double Fill { get; init; }

    /// <summary>A load: pages (of weights), or rows of so many bytes at an address.</summary>
    public readonly record struct Load(long Pages, long Rows, int RowBytes, long Address);

    /// <summary>A product: the sizes of its tiles by channel and its multiply-accumulates, or rows of the KV rings.</summary>
    public readonly record struct Product(int[][]? Tiles, double Macs, long Rows, int RowBytes);

    /// <summary>Cycles until the last product has ended.</summary>
    public double Run(int channels, IReadOnlyList<Load> loads, IReadOnlyList<Product> products)
    {
        double now = 0;
        // Loading: the piece that moves, the bytes of it still to move, and time lost to a row switch.
        int load = 0;
        long piece = 0;
        double left = 0;
        double lost = 0;
        long moved = 0;
        Queue<(double Time, bool IsWeights, int Bytes)> coming = new();
        long claimedWeights = 0, claimedCache = 0;
        // What is in the rings.
        long arrivedWeights = 0, arrivedRows = 0, takenRows = 0;
        double freedCache = 0;
        double[] taken = new double[channels];
        // The product: tile of each channel and how much of it is done, rows done.
        int product = 0;
        int[] tile = new int[channels];
        double[] into = new double[channels];
        double rowInto = 0;
        double resumes = 0;
        while (product < products.Count)
        {
            while (coming.TryPeek(out var next) && next.Time <= now)
            {
                coming.Dequeue();
                arrivedWeights += next.IsWeights ? next.Bytes : 0;
                arrivedRows += next.IsWeights ? 0 : 1;
            }

            double budget = Step;
            while (load < loads.Count && budget > Least)
            {
                Load current = loads[load];
                bool isWeights = current.Pages > 0;
                int bytes = isWeights ? Page : current.RowBytes;
                if (piece == (isWeights ? current.Pages : current.Rows))
                {
                    (load, piece, moved) = (load + 1, 0, 0);
                    continue;
                }

                if (left <= 0 && lost <= Least)
                {
                    bool fits = isWeights
                        ? claimedWeights + bytes - taken.Min() <= WeightRing + Least
                        : claimedCache + bytes - freedCache <= CacheRing + Least;
                    if (!fits)
                    {
                        break;
                    }

                    claimedWeights += isWeights ? bytes : 0;
                    claimedCache += isWeights ? 0 : bytes;
                    left = bytes;
                    for (long at = current.Address + moved; at < current.Address + moved + bytes; at++)
                    {
                        lost += at % RowBytes == 0 || (moved == 0 && at == current.Address) ? RowSwitch : 0;
                    }
                }

                double wait = Math.Min(budget, lost);
                lost -= wait;
                budget -= wait;
                double amount = Math.Min(left, budget * Rate);
                left -= amount;
                budget -= amount / Rate;
                if (left <= Least && lost <= Least)
                {
                    left = 0;
                    moved += bytes;
                    piece++;
                    coming.Enqueue((now + (Step - budget) + Latency, isWeights, bytes));
                }
            }

            if (now >= resumes)
            {
                Product work = products[product];
                bool isDone;
                if (work.Tiles is { } tiles)
                {
                    isDone = true;
                    for (int c = 0; c < channels; c++)
                    {
                        double perByte = Math.Max(1.0 / Width, work.Macs / Macs / tiles[c].Sum());
                        double time = Step;
                        while (time > Least && tile[c] < tiles[c].Length && taken[c] - into[c] + tiles[c][tile[c]] <= arrivedWeights + Least)
                        {
                            double amount = Math.Min(tiles[c][tile[c]] - into[c], time / perByte);
                            into[c] += amount;
                            taken[c] += amount;
                            time -= amount * perByte;
                            if (into[c] >= tiles[c][tile[c]] - Least)
                            {
                                (tile[c], into[c]) = (tile[c] + 1, 0);
                            }
                        }

                        isDone &= tile[c] == tiles[c].Length;
                    }
                }
                else
                {
                    double perRow = Math.Max((double)work.RowBytes / Width, work.Macs / Macs / work.Rows);
                    double time = Step;
                    while (time > Least && takenRows < work.Rows && arrivedRows > 0)
                    {
                        double share = Math.Min(1 - rowInto, time / perRow);
                        rowInto += share;
                        freedCache += share * work.RowBytes;
                        time -= share * perRow;
                        if (rowInto >= 1 - Least)
                        {
                            (takenRows, arrivedRows, rowInto) = (takenRows + 1, arrivedRows - 1, 0);
                        }
                    }

                    isDone = takenRows == work.Rows;
                }

                if (isDone)
                {
                    (product, takenRows, resumes) = (product + 1, 0, now + Step + Fill);
                    Array.Clear(tile);
                }
            }

            now += Step;
            Assert.True(now < 1e6, "the small steps do not end");
        }

        return resumes;
    }
}
