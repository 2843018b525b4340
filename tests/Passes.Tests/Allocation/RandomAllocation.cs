using Flightc.IR;
using Flightc.Passes.Allocation;

namespace Flightc.Tests.Allocation;

/// <summary>Allocation problems of random numbers, and their best choices found by trying all.</summary>
internal static class RandomAllocation
{
    /// <summary>Items with up to so many options.</summary>
    /// <param name="seed">Of the random numbers.</param>
    /// <param name="items">How many.</param>
    /// <param name="mostOptions">Of an item.</param>
    /// <param name="unit">All costs are multiples of it.</param>
    /// <param name="isWhole">Whether losses are small whole numbers, so that many choices are equally good.</param>
    public static AllocationItem[] Items(ulong seed, int items, int mostOptions, int unit, bool isWhole)
    {
        RandomNumbers random = new(seed);
        return
        [
            .. Enumerable.Range(0, items).Select(item => new AllocationItem(
                $"layers.{item}.weight",
                [
                    .. Enumerable.Range(0, random.Within(1, mostOptions)).Select(option => new AllocationOption(
                        new QuantizedFormat(2 + (option % 7), 32 << (option / 7 % 3)), random.Below(40) * unit,
                        isWhole ? random.Below(12) : random.Below(1 << 24) / (double)(1 << 20))),
                ])),
        ];
    }

    /// <summary>Items as weights have them: a loss that falls by four for each bit, and differs from weight to weight.</summary>
    public static AllocationItem[] Weights(ulong seed, int items)
    {
        RandomNumbers random = new(seed);
        long[] sizes = [1 << 24, 1 << 24, 45_088_768, 131_072_000];
        return
        [
            .. Enumerable.Range(0, items).Select(item =>
            {
                long size = sizes[random.Below(sizes.Length)];
                double scale = Math.ScaleB(1 + Math.Abs(random.Float()), random.Within(-3, 3));
                AllocationOption[] options =
                [
                    .. Enumerable.Range(0, 30).Select(i => (Bits: 2 + (i % 7), Group: 32 << (i / 7 % 3), IsSparse: i > 20)).Select(f => new AllocationOption(
                        new QuantizedFormat(f.Bits, f.Group, f.IsSparse ? new Sparsity(8, 16) : default),
                        (size * f.Bits / (f.IsSparse ? 16 : 8)) + (size / f.Group),
                        scale * (Math.ScaleB(1, -2 * f.Bits) * (1 + (0.001 * f.Group)) * (1 + (0.05 * random.Float())) + (f.IsSparse ? 0.01 : 0)))),
                ];
                return new AllocationItem($"layers.{item}.weight", options);
            }),
        ];
    }

    /// <summary>The least loss within a budget, by trying everything; infinite where nothing keeps it.</summary>
    public static double Least(IReadOnlyList<AllocationItem> items, long budget, int from = 0) => budget < 0
        ? double.PositiveInfinity
        : from == items.Count
            ? 0
            : items[from].Options.Min(o => o.Loss + Least(items, budget - o.Cost, from + 1));
}
