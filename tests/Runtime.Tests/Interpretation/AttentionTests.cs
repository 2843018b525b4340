using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Interpretation;

/// <summary>Attention over several cores and steps, by programs as a compiler would write them, against the formulas of docs/numerics.md.</summary>
public sealed class AttentionTests
{
    private const int All = 11;
    private const int Heads = 2;
    private const int Dim = 16;
    private const int KeyRow = Dim + 4;
    private const int Rotation = 2;
    private const long KeyCache = TestMachine.Cache;
    private const long ValueCache = TestMachine.Cache + 1024;
    private const float Factor = 0.36067376f;

    // Scratch: codes and scales of queries, keys and values, a row per token; then what attention leaves.
    private const int Q = 0, QScale = 1024, K = 2048, V = 4096, KScale = QScale + 8, VScale = QScale + 12, ScaleStride = 16;
    private const int Scores = 8192, Values = 16384, Maxima = 20480, ValueMaxima = 20992, P = 24576, Sums = 32768, A = 36864, Out = 49152, Mask = 65000;

    private static readonly sbyte[] Queries = TestNumbers.Codes(All * Heads * Dim, 20);
    private static readonly sbyte[] Keys = TestNumbers.Codes(All * Dim, 21);
    private static readonly sbyte[] ValueCodes = TestNumbers.Codes(All * Dim, 22);
    private static readonly float[] QueryScales = [.. TestNumbers.Floats(All * Heads, 23).Select(x => Math.Abs(x) * 0.02f)];
    private static readonly float[] KeyScales = [.. TestNumbers.Floats(All, 24).Select(x => (float)(Half)(Math.Abs(x) * 0.02f))];
    private static readonly float[] ValueScales = [.. TestNumbers.Floats(All, 25).Select(x => (float)(Half)Math.Abs(x))];

    [Theory]
    [InlineData(new[] { 1 }, new[] { 11 }, 0, false, 0f)]
    [InlineData(new[] { 2, 1 }, new[] { 11 }, 0, false, 0f)]
    [InlineData(new[] { 2, 1 }, new[] { 4, 1, 6 }, 0, false, 0f)]
    [InlineData(new[] { 3, 2, 2 }, new[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 0, false, 0f)]
    [InlineData(new[] { 2, 1 }, new[] { 5, 6 }, 3, false, 0f)]
    [InlineData(new[] { 2, 1 }, new[] { 5, 6 }, 3, false, 0.4f)]
    [InlineData(new[] { 3, 2, 2 }, new[] { 4, 1, 6 }, 0, false, 2f)]
    [InlineData(new[] { 2, 2 }, new[] { 7, 4 }, 0, true, 0f)]
    public void Heads_attend_to_all_keys_wherever_they_lie_and_however_the_prompt_is_cut(int[] cores, int[] chunks, int window, bool masked, float cap)
    {
        using TestMachine machine = new(cores);
        machine.Weights(0, []);
        int past = 0;
        for (int c = 0; c < chunks.Length; c++)
        {
            float[] o = Step(machine, cores, past, chunks[c], window, masked, cap, IssueOrder.Random((ulong)c));
            for (int t = 0; t < chunks[c]; t++)
            {
                Assert.Equal(Expected(past + t, window, masked, cap), o[(t * Heads * Dim)..((t + 1) * Heads * Dim)]);
            }

            past += chunks[c];
        }
    }

    [Fact]
    public void Without_visible_keys_or_with_values_of_nothing_the_result_is_0()
    {
        using TestMachine machine = new(1);
        machine.Load(0, 0, float.NegativeInfinity, float.NegativeInfinity, -1f, 0f);
        machine.Load(0, 64, 0.5f, 0f);
        machine.Load(0, 128, float.NegativeInfinity, 0f);
        machine.Load(0, 192, 0f, 0f);
        machine.Chain(
            0,
            (Unit.Misc, new Exponentiate { Scores = 0, Values = 64, Maxima = 128, ValueMaxima = 192, Rows = 2, Width = 2, Out = 256, Sums = 512 }),
            (Unit.Misc, new NormalizeHeads { Source = 512, Sums = 512, ValueMaxima = 192, Tokens = 1, Group = 2, HeadDim = 1, Out = 768 }));
        machine.Store(0, 256, 8);
        machine.Store(0, 512, 16, 8);
        machine.Store(0, 768, 8, 24);
        byte[] results = machine.Run();
        Assert.Equal([0, 0, 0, 0], TestMachine.As<ushort>(results, 4));
        Assert.Equal([0L, (1L << 24) + (1L << 23)], TestMachine.As<long>(results, 2, 8));
        Assert.Equal([0f, 0f], TestMachine.As<float>(results, 2, 24));
    }

    [Fact]
    public void Blocks_of_keys_that_the_mask_lacks_are_not_visible()
    {
        // The query is token 133, in block 2; bits 0 and 2 of its row are set, so keys 64 to 127 are hidden.
        const int Past = 133;
        using TestMachine machine = new(1) { CacheRingBytes = 64 };
        machine.Load(0, 0, (sbyte)1, (sbyte)0, (sbyte)0, (sbyte)0);
        machine.Load(0, 16, 1f);
        machine.Load(0, 32, (byte)0, (byte)0, (byte)0, (byte)0, (byte)0b101);
        machine.Stream(0, Unit.Load).Add(new LoadCache { Address = TestMachine.Cache, Bytes = 8, Rows = Past });
        machine.Chain(0, (Unit.Vector, new MultiplyKeys(Unit.Vector)
        {
            Codes = 0, Scales = 16, Keys = 0, KeyScales = 16, ValueScales = 16, Past = Past, Tokens = 1, Group = 1, HeadDim = 4, Rows = Past,
            Slots = Past + 1, Factor = BitConverter.SingleToUInt32Bits(1f), Mask = 36, MaskStride = 2, Out = 1024, Values = 2048, Maxima = 4096, ValueMaxima = 4100,
        }));
        machine.Store(0, 1024, 4 * (Past + 1));
        float[] expected = [.. Enumerable.Range(0, Past).Select(k => k / 64 == 1 ? float.NegativeInfinity : 0f), 1f];
        Assert.Equal(expected, TestMachine.As<float>(machine.Run(past: Past), Past + 1));
    }

    [Fact]
    public void A_cached_token_beyond_the_rows_that_are_popped_is_refused()
    {
        using TestMachine machine = new(1);
        machine.Stream(0, Unit.Vector).Add(new MultiplyValues(Unit.Vector) { Past = 1, Tokens = 1, Group = 1, HeadDim = 4, Rows = 0, Slots = 1 });
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Contains("token 0 lies in the cache, but only 0 rows are popped", e.Message, StringComparison.Ordinal);
    }

    private static float[] Step(TestMachine machine, int[] cores, int past, int tokens, int window, bool masked, float cap, IssueOrder order)
    {
        int channels = cores.Sum();
        int rows = (past + channels - 1) / channels;
        int slots = (past + tokens + channels - 1) / channels;
        machine.NextProgram();
        for (int core = 0; core < cores.Length; core++)
        {
            int width = slots * cores[core];
            machine.Stream(core, Unit.Load).AddRange(
            [
                new LoadCache { Address = KeyCache, Bytes = KeyRow, Rows = rows },
                new LoadCache { Address = ValueCache, Bytes = Dim, Rows = rows },
            ]);

            // Everything is in the first table: this step's rows are where the step begins.
            LoadInputs(machine, core, past, tokens);
            machine.Chain(
                core,
                (Unit.Matrix, new MultiplyKeys(Unit.Matrix)
                {
                    Codes = Q, CodeStride = Heads * Dim, Scales = QScale, Keys = K, KeyStride = Dim, KeyScales = KScale, ValueScales = VScale,
                    ScaleStride = ScaleStride, Rotation = Rotation, Past = past, Tokens = tokens, Group = Heads, HeadDim = Dim, Rows = rows,
                    Slots = slots, Factor = BitConverter.SingleToUInt32Bits(Factor), Window = window, Mask = masked ? Mask : 0, MaskStride = 1,
                    Out = Scores, Values = Values, Maxima = Maxima, ValueMaxima = ValueMaxima,
                }),
                (Unit.Exchange, new CombineMaxima { Address = Maxima, Count = tokens * Heads }),
                (Unit.Exchange, new CombineMaxima { Address = ValueMaxima, Count = tokens * Heads }),
                (Unit.Misc, new Exponentiate
                {
                    Scores = Scores, Values = Values, Maxima = Maxima, ValueMaxima = ValueMaxima, Rows = tokens * Heads, Width = width, Out = P, Sums = Sums,
                    Cap = BitConverter.SingleToUInt32Bits(cap),
                }),
                (Unit.Matrix, new MultiplyValues(Unit.Matrix)
                {
                    Probabilities = P, Codes = V, Stride = Dim, Rotation = Rotation, Past = past, Tokens = tokens, Group = Heads, HeadDim = Dim,
                    Rows = rows, Slots = slots, Out = A,
                }),
                (Unit.Exchange, new CombineSums { Address = Sums, Count = tokens * Heads }),
                (Unit.Exchange, new CombineSums { Address = A, Count = tokens * Heads * Dim }),
                (Unit.Misc, new NormalizeHeads
                {
                    Source = A, Sums = Sums, ValueMaxima = ValueMaxima, Tokens = tokens, Group = Heads, HeadDim = Dim, Out = Out, OutStride = 4 * Heads * Dim,
                }));
            if (core == cores.Length - 1)
            {
                machine.Store(core, Out, 4 * tokens * Heads * Dim);
            }

            machine.Chain(
                core,
                (Unit.Store, new StoreCache { Source = K, Stride = Dim, Bytes = Dim, Address = KeyCache, Pitch = KeyRow, Rotation = Rotation, Past = past, Tokens = tokens }),
                (Unit.Store, new StoreCacheScale { Source = KScale, Stride = ScaleStride, Address = KeyCache + Dim, Pitch = KeyRow, Rotation = Rotation, Past = past, Tokens = tokens }),
                (Unit.Store, new StoreCacheScale { Source = VScale, Stride = ScaleStride, Address = KeyCache + Dim + 2, Pitch = KeyRow, Rotation = Rotation, Past = past, Tokens = tokens }),
                (Unit.Store, new StoreCache { Source = V, Stride = Dim, Bytes = Dim, Address = ValueCache, Pitch = Dim, Rotation = Rotation, Past = past, Tokens = tokens }));
        }

        byte[] results = machine.Run(order, past, tokens);
        Assert.Equal(Enumerable.Repeat((long)rows * (KeyRow + Dim), channels), machine.Traffic.Channels.Select(c => c.Cache));
        return TestMachine.As<float>(results, tokens * Heads * Dim);
    }

    private static readonly float[] Scales =
        [.. Enumerable.Range(0, All).SelectMany(t => new[] { QueryScales[2 * t], QueryScales[(2 * t) + 1], KeyScales[t], ValueScales[t] })];

    // The tables are fixed when the first step runs, so all of them go there on the first call; later calls find them again.
    private static void LoadInputs(TestMachine machine, int core, int past, int tokens)
    {
        (long Scratch, byte[] Bytes, int Row)[] inputs =
        [
            (Q, [.. Queries.Select(c => (byte)c)], Heads * Dim), (K, [.. Keys.Select(c => (byte)c)], Dim),
            (V, [.. ValueCodes.Select(c => (byte)c)], Dim), (QScale, [.. Scales.SelectMany(BitConverter.GetBytes)], ScaleStride),
        ];
        long address = 0;
        foreach ((long scratch, byte[] bytes, int row) in inputs)
        {
            if (past == 0 && core == 0)
            {
                Assert.Equal(address, machine.Table(bytes));
            }

            machine.Chain(
                core, (Unit.Load, new LoadTable { Address = address + (past * row), Bytes = tokens * row, Rows = 1, Destination = scratch }));
            address += bytes.Length;
        }

        // Block 0 of keys is visible to block 0 of queries, or not, by one bit.
        if (past == 0 && core == 0)
        {
            Assert.Equal(address, machine.Table<byte>(1));
        }

        machine.Chain(core, (Unit.Load, new LoadTable { Address = address, Bytes = 1, Rows = 1, Destination = Mask }));
    }

    private static float[] Expected(int query, int window, bool masked, float cap)
    {
        Assert.True(!masked || query < 64);
        float[] o = new float[Heads * Dim];
        int[] visible = [.. Enumerable.Range(0, query + 1).Where(k => window == 0 || query - k < window)];
        for (int h = 0; h < Heads; h++)
        {
            int row = (query * Heads) + h;
            float[] s = [.. visible.Select(k =>
                (float)Enumerable.Range(0, Dim).Sum(i => Queries[(row * Dim) + i] * Keys[(k * Dim) + i]) * (QueryScales[row] * Factor * KeyScales[k]))];
            s = cap == 0f ? s : [.. s.Select(v => TestFunctions.Cap(v, cap))];
            float[] e = [.. s.Select(v => TestNumbers.Exp2(v - s.Max()))];
            float largest = visible.Max(k => ValueScales[k]);
            long z = e.Sum(v => (long)TestNumbers.Round(v * 16777216f));
            int[] p = [.. visible.Select((k, n) => TestNumbers.Round(e[n] * (ValueScales[k] * (16383f / largest))))];
            for (int i = 0; i < Dim; i++)
            {
                long a = visible.Select((k, n) => (long)p[n] * ValueCodes[(k * Dim) + i]).Sum();
                o[(h * Dim) + i] = a * (largest * (float)(16777216.0 / 16383.0) / z);
            }

            // The contract itself is near the real softmax.
            double[] exact = [.. s.Select(v => Math.Exp((v - s.Max()) * Math.Log(2)))];
            double first = visible.Select((k, n) => exact[n] * ValueScales[k] * ValueCodes[k * Dim]).Sum() / exact.Sum();
            Assert.Equal(first, o[h * Dim], 127.0 * visible.Length * largest / 16383);
        }

        return o;
    }
}
