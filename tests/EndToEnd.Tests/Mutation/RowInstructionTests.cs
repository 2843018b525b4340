using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Mutation;

public sealed class RowInstructionTests
{
    [Fact]
    public void Programs_with_functions_sums_and_norms_of_rows_have_the_same_bits_on_both_executors()
    {
        const int Length = 30;
        string folder = new RandomCheckpoint(36, 40, 2, 4, 2, 8, 50, 96).Write(7);
        try
        {
            Geometry geometry = new("tiny", [new(0, 3), new(3, 2)], 1 << 20, 1 << 20, 128 << 10, 4 << 10, 256, 256);
            using CompiledModel model = new(folder, geometry, _ => new QuantizedFormat(4, 32), maxTokens: 8);
            MachineProgram program = RowInstructions.Insert(model.Program);
            ProgramVerifier.Verify(program, model.Addresses.PoppedWeightBytes).ThrowIfErrors();
            int[] ids = [.. Enumerable.Range(0, Length).Select(i => i * 7 % 50)];

            // A prompt in steps of one, of seven and of eight tokens.
            byte[] expected = Run(model, program, ids, 1, memory => new InstructionInterpreter(program, memory, IssueOrder.RoundRobin()));
            Assert.Equal(expected, Run(model, program, ids, 7, memory => new InstructionInterpreter(program, memory, IssueOrder.Random(3))));
            foreach (VectorPath path in Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported))
            {
                Assert.Equal(expected, Run(model, program, ids, 0, memory => new Emulator(program, memory, 1, path)));
                Assert.Equal(expected, Run(model, program, ids, 8, memory => new Emulator(program, memory, 2, path)));
            }

            Assert.NotEqual(expected, Run(model, model.Program, ids, 8, memory => new Emulator(model.Program, memory, 1)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Logits of all tokens, then the cache.
    private static byte[] Run(CompiledModel model, MachineProgram program, int[] ids, int chunk, Func<DeviceMemory, IDevice> create)
    {
        using DeviceMemory memory = model.NewMemory();
        using IDevice device = create(memory);
        List<byte> result = [];
        new Stepper(program, device).Prefill(ids, chunk, null, (_, logits) =>
        {
            Assert.True(float.IsFinite(logits[0]));
            result.AddRange(MemoryMarshal.AsBytes(logits));
        });
        return [.. result, .. ExecutorTests.Cache(program, memory)];
    }
}
