using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Tests.Emulation;

/// <summary>misc.activate, misc.add, misc.norm and capped probabilities: every vector path has the interpreter's bits.</summary>
public sealed class RowFunctionTests
{
    public static TheoryData<int> Functions => [.. Interpretation.TestFunctions.All];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Functions_of_rows_are_those_of_the_interpreter(int function)
    {
        foreach ((int tokens, int count) in new[] { (1, 16), (3, 7), (2, 1000), (9, 2100) })
        {
            foreach (bool inPlace in new[] { false, true })
            {
                ScratchImage image = new(TestMachine.Scratch);
                int source = image.Put(Numbers(tokens * count, count));
                Run(image, new ActivateRows
                {
                    Source = source,
                    Stride = 4 * count,
                    Count = count,
                    Tokens = tokens,
                    Out = inPlace ? source : image.Room(4 * tokens * count),
                    OutStride = 4 * count,
                    Function = function,
                    Value = function == ActivateRows.Cap ? BitConverter.SingleToUInt32Bits(30f) : 0,
                });
            }
        }
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 7)]
    [InlineData(2, 1000)]
    [InlineData(9, 2100)]
    public void Gates_are_those_of_the_interpreter(int tokens, int count)
    {
        foreach (int function in Interpretation.TestFunctions.All.Where(f => f != ActivateRows.Cap))
        {
            ScratchImage image = new(TestMachine.Scratch);
            int blocks = (count + 15) / 16;
            Run(image, new ActivateRows
            {
                Source = image.Put(Numbers(tokens * blocks * 32, count)),
                Stride = 128 * blocks,
                Count = count,
                Tokens = tokens,
                Out = image.Room(4 * tokens * count),
                OutStride = 4 * count,
                Function = function,
                Gated = 1,
            });
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(4, 64)]
    [InlineData(17, 2050)]
    public void Sums_of_rows_are_those_of_the_interpreter(int tokens, int count)
    {
        foreach (int stride in new[] { 0, 4 * (count + 3) })
        {
            ScratchImage image = new(TestMachine.Scratch);
            Run(image, new AddRows
            {
                Source = image.Put(Numbers(tokens * (count + 3), 1)),
                Stride = stride,
                Out = image.Put(Numbers(tokens * (count + 1), 2)),
                OutStride = 4 * (count + 1),
                Count = count,
                Tokens = tokens,
            });
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 1, 64)]
    [InlineData(3, 1, 100)]
    [InlineData(2, 5, 80)]
    [InlineData(9, 1, 2100)]
    [InlineData(6, 32, 128)]
    [InlineData(1, 1, 16384)]
    public void Norms_are_those_of_the_interpreter(int tokens, int heads, int count)
    {
        RandomNumbers random = new((ulong)(tokens + heads + count));
        for (int form = 0; form < 8; form++)
        {
            (int layer, int biased, bool inPlace) = (form & 1, form >> 1 & 1, form >= 4);
            ScratchImage image = new(TestMachine.Scratch);
            int stride = 4 * ((heads * count) + 1);
            float[] x = [.. random.Floats(tokens * stride / 4, 3f).Select(v => v + 1f)];
            if (tokens > 1)
            {
                Array.Clear(x, 0, count);
            }

            int source = image.Put(x);
            Run(image, new NormalizeRows
            {
                Source = source,
                Stride = stride,
                Out = inPlace ? source : image.Room(tokens * stride),
                OutStride = stride,
                Count = count,
                Heads = heads,
                Tokens = tokens,
                Weight = image.Put(random.Floats(count)),
                Bias = image.Put(random.Floats(count)),
                Biased = biased,
                Layer = layer,
                Epsilon = BitConverter.SingleToUInt32Bits(1e-5f),
            });
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(3001)]
    public void Capped_probabilities_are_those_of_the_interpreter(int width)
    {
        RandomNumbers random = new((ulong)width);
        ScratchImage image = new(TestMachine.Scratch);
        float[] scores = random.Floats(3 * width, 120f);
        for (int i = 0; i < scores.Length; i += 3)
        {
            scores[i] = float.NegativeInfinity;
        }

        // In the last row nothing is visible.
        Array.Fill(scores, float.NegativeInfinity, 2 * width, width);
        Run(image, new Exponentiate
        {
            Scores = image.Put(scores),
            Values = image.Put(random.Floats(width).Select(MathF.Abs).ToArray()),
            Maxima = image.Put(new float[] { 120f, scores[width..(2 * width)].Max(), float.NegativeInfinity }),
            ValueMaxima = image.Put(new float[] { 1, 1, 0 }),
            Rows = 3,
            Width = width,
            Out = image.Room(6 * width),
            Sums = image.Room(24),
            Cap = BitConverter.SingleToUInt32Bits(50f),
        });
    }

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        foreach (int function in Interpretation.TestFunctions.All)
        {
            ScratchImage image = new(TestMachine.Scratch);
            float[] x = Numbers(40, 3);
            (x[3], x[39]) = (float.NaN, float.NaN);
            ActivateRows activate = new()
            {
                Source = image.Put(x),
                Count = 40,
                Tokens = 1,
                Out = image.Room(160),
                Function = function,
                Value = function == ActivateRows.Cap ? BitConverter.SingleToUInt32Bits(30f) : 0,
            };
            using TestMachine machine = new([1], [image]);
            MachineProgram program = machine.InSequence(_ => [(Unit.Misc, activate)]);
            foreach (VectorPath path in Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported))
            {
                byte[] result = machine.Emulate(program, path, 1, new StepArguments(0, 1, 0));
                float[] y = ScratchImage.Read<float>(result, (int)activate.Out.Constant, 40);
                Assert.Equal([3, 39], Enumerable.Range(0, 40).Where(i => float.IsNaN(y[i])));
            }
        }
    }

    // From tiny to beyond the limits of exp2, and zeros of both signs.
    private static float[] Numbers(int count, int seed)
    {
        float[] x = new RandomNumbers((ulong)seed).Floats(count, 40f);
        for (int i = 0; i < x.Length; i += 5)
        {
            x[i] *= i % 3 == 0 ? 0f : i % 2 == 0 ? 1e-6f : i % 7 == 0 ? 1e12f : 10f;
        }

        return x;
    }

    private static byte[] Run(ScratchImage image, Instruction instruction)
    {
        using TestMachine machine = new([1], [image]);
        byte[] result = machine.RunEverywhere(machine.InSequence(_ => [(Unit.Misc, instruction)]), new StepArguments(0, 1, 0));
        Assert.False(result.AsSpan(0, TestMachine.Scratch).SequenceEqual(image.Bytes), "nothing was written");
        return result;
    }
}
