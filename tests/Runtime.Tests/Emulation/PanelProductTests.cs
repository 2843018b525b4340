using System.Runtime.InteropServices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Emulation.Kernels;

namespace Flightc.Tests.Emulation;

/// <summary>The byte kernels of many tokens against the portable ones, at the limits of what their INT16 sums hold.</summary>
public sealed unsafe class PanelProductTests
{
    private const int Blocks = 8;

    public static TheoryData<int, int> Widths => new() { { 2, 8 }, { 3, 4 }, { 4, 2 }, { 4, 1 }, { 5, 1 }, { 6, 4 }, { 6, 1 }, { 7, 4 }, { 7, 1 } };

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sums_of_a_panel_are_the_same_on_every_vector_path(int bits, int blocksPerSegment)
    {
        RandomNumbers random = new((ulong)(bits + (10 * blocksPerSegment)));
        (int least, int most) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        foreach (Func<sbyte> code in new Func<sbyte>[] { () => (sbyte)least, () => (sbyte)most, () => (sbyte)random.Within(least, most) })
        {
            foreach (Func<byte> activation in new Func<byte>[] { () => 255, () => 0, () => (byte)random.Below(256) })
            {
                CheckPanel(random, bits, blocksPerSegment, code, activation);
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 128)]
    [InlineData(5, 130)]
    [InlineData(7, 15)]
    [InlineData(66, 257)]
    public void Activations_lie_alike_on_every_vector_path(int tokens, int columns)
    {
        sbyte[] codes = new RandomNumbers((ulong)(tokens * columns)).Codes(tokens * columns);
        byte[][] all = [.. Paths().Select(path => QuadsOf(path, codes, tokens, columns))];
        Assert.All(all, each => Assert.Equal(all[0], each));
        for (int i = 0; i < codes.Length; i++)
        {
            (int t, int k) = (i / columns, i % columns);
            int quads = (tokens + 3) / 4;
            int at = (((k / 128 * quads) + (t / 4)) * 512) + (k % 128 / 4 * 16) + (t % 4 * 4) + (k % 4);
            Assert.Equal(codes[i] + 128, all[0][at]);
        }
    }

    [Theory]
    [InlineData(32, 4)]
    [InlineData(96, 3)]
    [InlineData(128, 1)]
    public void Dot_products_of_queries_are_the_same_on_every_vector_path(int padded, int count)
    {
        foreach (int extreme in new[] { 0, 127, -128 })
        {
            RandomNumbers random = new((ulong)(padded + count));
            short[] queries = Shorts(count * padded), keys = Shorts(32 * padded);
            int[][] all = [.. Paths().Select(path => Dots(path, queries, keys))];
            Assert.All(all, each => Assert.Equal(all[0], each));
            Assert.Equal(Enumerable.Range(0, padded).Sum(i => queries[i] * keys[(17 % 16 * 2) + (16 * padded) + (i / 2 * 32) + (i % 2)]), all[0][17]);

            short[] Shorts(int length) => [.. Enumerable.Range(0, length).Select(_ => (short)(extreme == 0 ? random.Within(-128, 127) : extreme))];
        }

        int[] Dots(VectorPath path, short[] queries, short[] keys)
        {
            int[] dots = new int[128];
            fixed (short* q = queries, k = keys)
            {
                fixed (int* target = dots)
                {
                    QueryDots.Compute(path, q, count, k, padded, target);
                }
            }

            return dots[..(32 * count)];
        }
    }

    [Theory]
    [InlineData(16, 1)]
    [InlineData(48, 77)]
    [InlineData(80, 128)]
    public void Sums_of_values_are_the_same_on_every_vector_path(int padded, int pairs)
    {
        // The most that a contract's probability is, the most that INT16 holds, and what it does not hold.
        foreach (int most in new[] { 16383, short.MaxValue, ushort.MaxValue })
        {
            foreach (bool isExtreme in new[] { false, true })
            {
                RandomNumbers random = new((ulong)(padded * pairs));
                ushort[] p = [.. Enumerable.Range(0, 4 * 2 * pairs).Select(_ => (ushort)(isExtreme ? most : random.Below(most + 1)))];
                short[] v = [.. Enumerable.Range(0, 2 * pairs * padded).Select(_ => (short)(isExtreme ? -128 : random.Within(-128, 127)))];
                long[][] all = [.. Paths().Select(path => Sums(path, p, v, most <= short.MaxValue))];
                Assert.All(all, each => Assert.Equal(all[0], each));
                Assert.Equal(7 + Enumerable.Range(0, 2 * pairs).Sum(x => (long)p[(2 * pairs) + x] * v[(x / 2 * 2 * padded) + 10 + (x % 2)]), all[0][padded + 5]);
            }
        }

        long[] Sums(VectorPath path, ushort[] p, short[] v, bool fit)
        {
            long[] sums = [.. Enumerable.Repeat(7L, 4 * padded)];
            fixed (ushort* probabilities = p)
            {
                fixed (short* values = v)
                {
                    fixed (long* target = sums)
                    {
                        ValueSums.Add(path, probabilities, 2 * pairs, fit, values, pairs, padded, target);
                    }
                }
            }

            return sums;
        }
    }

    private static IEnumerable<VectorPath> Paths() => Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported);

    private static byte[] QuadsOf(VectorPath path, sbyte[] codes, int tokens, int columns)
    {
        using TokenQuads quads = new();
        quads.Reserve(tokens, columns);
        // The source has nothing to spare behind its end.
        using GuardedMemory source = new(MemoryMarshal.AsBytes<sbyte>(codes).ToArray());
        for (int q = 0; q < quads.Count; q++)
        {
            quads.Set(path, q, (sbyte*)source.Region.Start, columns);
        }

        byte[] all = new ReadOnlySpan<byte>(quads.PanelAt(0), (columns + 127) / 128 * quads.Count * TokenQuads.QuadBytes).ToArray();
        return all;
    }

    private static void CheckPanel(RandomNumbers random, int bits, int blocksPerSegment, Func<sbyte> code, Func<byte> activation)
    {
        const int Quads = 3;
        int segments = Blocks / blocksPerSegment;
        sbyte[] codes = [.. Enumerable.Range(0, Blocks * PanelOperands.BlockBytes).Select(_ => code())];
        byte[] x = [.. Enumerable.Range(0, Quads * TokenQuads.QuadBytes).Select(_ => activation())];
        int[] columns = [.. Enumerable.Range(0, Blocks).Select(b => 64 * (Blocks - 1 - b))];
        int[] counts = [.. Enumerable.Repeat(blocksPerSegment, segments)];
        short[] multipliers = new short[segments * 64];
        for (int i = 0; i < multipliers.Length; i += 2)
        {
            multipliers[i] = multipliers[i + 1] = (short)random.Below(64);
        }

        int[][] all = [.. Paths().Select(Sums)];
        Assert.All(all, each => Assert.Equal(all[0], each));

        int[] Sums(VectorPath path)
        {
            int[] sums = [.. Enumerable.Range(0, (Quads * 128) + 32)];
            fixed (sbyte* c = codes)
            {
                fixed (byte* u = x)
                {
                    fixed (int* where = columns, many = counts, target = sums)
                    {
                        fixed (short* m = multipliers)
                        {
                            PanelProduct.Add(path, new PanelOperands
                            {
                                Codes = c,
                                Columns = where,
                                Counts = many,
                                Segments = segments,
                                Multipliers = m,
                                UnitsPerFlush = 1 << (7 - bits),
                                X = u,
                                Quads = Quads,
                                Sums = target,
                                CodeSums = target + (Quads * 128),
                            });
                        }
                    }
                }
            }

            return sums;
        }
    }
}
