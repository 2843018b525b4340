using Flightc.IR;
using Flightc.Isa;
using Flightc.Reference;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests;

public sealed class ExecutorTests
{
    internal static Geometry U280 { get; } = new(
        "u280", [new(0, 11), new(11, 11), new(22, 10)], 256L << 20, 32L << 30, 4608 << 10, 384 << 10, 128 << 10, 4096);

    [Fact]
    public void The_instruction_interpreter_agrees_with_the_graph_interpreter()
    {
        using CompiledModel model = new(TestData.Stories, U280, new QuantizedFormat(4, 64), new QuantizedFormat(8, 64));
        int[] ids = [1, 300, 400, 5, 77, 800, 12];
        ActivationLog expected = new();
        QuantizedInterpreter reference = new(model.Quantized, model.Weights, model.Matrices);
        float[][] logits = reference.Run(ids, expected);

        using DeviceMemory memory = model.NewMemory();
        InstructionInterpreter interpreter = new(model.Program, memory, IssueOrder.RoundRobin());
        ActivationLog actual = new();
        ids.Select(i => (uint)i).Take(5).ToArray().CopyTo(memory.Ids);
        interpreter.Run(model.Program.Prefill, new StepArguments(0, 5, 0), actual);
        for (int i = 5; i < 7; i++)
        {
            memory.Ids[0] = (uint)ids[i];
            interpreter.Run(model.Program.Decode, new StepArguments(i, 1, 0), actual);
        }

        Assert.Null(expected.FirstDifference(actual));
        Assert.Equal(logits[6], memory.Logits(0).ToArray());
    }
}
