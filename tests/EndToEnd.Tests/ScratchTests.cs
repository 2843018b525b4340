using System.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Reference;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests;

public sealed class ScratchTests
{
    [Fact]
    public void Timing()
    {
        using CompiledModel model = new(TestData.Stories, ExecutorTests.U280, new QuantizedFormat(4, 64), new QuantizedFormat(8, 64));
        int[] ids = [.. Enumerable.Range(0, 300).Select(i => (i * 37 % 1000) + 3)];
        QuantizedInterpreter reference = new(model.Quantized, model.Weights, model.Matrices);
        Stopwatch w = Stopwatch.StartNew();
        float[][] logits = reference.Run(ids);
        Console.WriteLine($"reference {w.Elapsed}");
        using DeviceMemory memory = model.NewMemory();
        InstructionInterpreter interpreter = new(model.Program, memory, IssueOrder.RoundRobin());
        w.Restart();
        int p = 0;
        for (; p < 256; p += 64) { for (int i = 0; i < 64; i++) memory.Ids[i] = (uint)ids[p + i]; interpreter.Run(model.Program.Prefill, new StepArguments(p, 64, 0)); }
        Console.WriteLine($"prefill 256 {w.Elapsed}");
        Assert.Equal(logits[255], memory.Logits(63).ToArray());
        w.Restart();
        for (; p < 300; p++) { memory.Ids[0] = (uint)ids[p]; interpreter.Run(model.Program.Decode, new StepArguments(p, 1, 0)); Assert.Equal(logits[p], memory.Logits(0).ToArray()); }
        Console.WriteLine($"decode 44 {w.Elapsed}");
        Console.WriteLine(interpreter.Traffic.ToString());
        Console.WriteLine($"program {ProgramBinary.Write(model.Program).Length} max tokens {model.Program.Memory.MaxTokens} page {model.Program.Geometry.PageBytes}");
    }

    [Theory]
    [InlineData(72, 150, 2, 6, 2, 20, 333)]
    [InlineData(256, 700, 2, 12, 4, 32, 1000)]
    [InlineData(40, 48, 1, 3, 3, 8, 50)]
    public void Odd(int h, int f, int l, int heads, int kv, int d, int v)
    {
        string folder = new RandomCheckpoint(h, f, l, heads, kv, d, v, 256).Write(7);
        using CompiledModel model = new(folder, ExecutorTests.U280, new QuantizedFormat(4, 32), new QuantizedFormat(8, 64));
        int[] ids = [.. Enumerable.Range(0, 80).Select(i => (i * 37 + 5) % v)];
        ActivationLog expected = new();
        QuantizedInterpreter reference = new(model.Quantized, model.Weights, model.Matrices);
        reference.Run(ids, expected);
        ActivationLog actual = new();
        using DeviceMemory memory = model.NewMemory();
        InstructionInterpreter interpreter = new(model.Program, memory, IssueOrder.Random(3));
        int[] cuts = [0, 7, 8, 9, 40, 72, 73, 74, 80];
        for (int c = 0; c + 1 < cuts.Length; c++)
        {
            int n = cuts[c + 1] - cuts[c];
            for (int i = 0; i < n; i++) { memory.Ids[i] = (uint)ids[cuts[c] + i]; }
            interpreter.Run(n == 1 ? model.Program.Decode : model.Program.Prefill, new StepArguments(cuts[c], n, 0), actual);
        }

        Assert.Null(expected.FirstDifference(actual));
        Directory.Delete(folder, true);
    }
}
