using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests;

public sealed class SessionTests
{
    [Fact]
    public void Logits_do_not_depend_on_how_a_prompt_is_cut()
    {
        using SessionUnderTest model = new();
        int[] ids = [.. Enumerable.Range(0, 150).Select(i => i == 0 ? 1 : 3 + (i * 7919 % 1021))];
        float[][] whole = model.AllLogits(ids, null);

        // Row by row: a message about 150 rows would help nobody.
        foreach (int chunk in (ReadOnlySpan<int>)[1, 7, 16, 64, 128])
        {
            float[][] cut = model.AllLogits(ids, chunk);
            int differing = Enumerable.Range(0, ids.Length).FirstOrDefault(i => !Bits(whole[i]).SequenceEqual(Bits(cut[i])), -1);
            Assert.True(differing < 0, $"with chunks of {chunk}, the logits of token {differing} differ");
        }

        model.Session.Reset();
        Assert.Equal(Bits(whole[^1]), Bits(model.Session.Prefill(ids, 64).ToArray()));
        model.Session.Reset();
        _ = model.Session.Prefill(ids.AsSpan(0, 149), 7);
        Assert.Equal(Bits(whole[^1]), Bits(model.Session.Decode(ids[149]).ToArray()));
    }

    [Fact]
    public void One_token_gives_the_same_bits_by_either_entry()
    {
        using SessionUnderTest model = new();
        model.Session.Prefill([1, 300, 400]);
        float[] decoded = model.Session.Decode(5).ToArray();
        model.Device.Memory.Ids[0] = 5;
        model.Device.Run(model.Program.Prefill, new StepArguments(3, 1, 0));
        Assert.Equal(Bits(decoded), Bits(model.Device.Memory.Logits(0).ToArray()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_generated_token_allocates_nothing(int threads)
    {
        using CompiledModel model = new(TestData.Stories, SharedModel.U280, new QuantizedFormat(4, 64), new QuantizedFormat(8, 64));
        using DeviceMemory memory = model.NewMemory();
        using Emulator device = new(model.Program, memory, threads);
        Session session = new(model.Program, device);
        session.Prefill([1, 5, 6]);
        _ = session.Decode(7);
        _ = session.Decode(8);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = session.Decode(9);
        _ = session.Decode(10);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_sequence_ends_where_the_context_does()
    {
        using SessionUnderTest model = new(contextLength: 24);
        int[] ids = [.. Enumerable.Range(1, 25)];
        CompilationException error = Assert.Throws<CompilationException>(() => _ = model.Session.Prefill(ids).Length);
        Assert.Equal(Codes.ContextExceeded, error.Diagnostics[0].Code);
        Assert.Contains("25", error.Message, StringComparison.Ordinal);
        Assert.Contains("24", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, model.Session.Position);

        _ = model.Session.Prefill(ids.AsSpan(0, 24));
        Assert.Equal(24, model.Session.Position);
        error = Assert.Throws<CompilationException>(() => _ = model.Session.Decode(1).Length);
        Assert.Equal(Codes.ContextExceeded, error.Diagnostics[0].Code);
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private sealed class SessionUnderTest : IDisposable
    {
        private readonly CompiledModel _model;
        private readonly DeviceMemory _memory;

        public SessionUnderTest(int? contextLength = null)
        {
            _model = new(TestData.Stories, SharedModel.U280, new QuantizedFormat(4, 64), new QuantizedFormat(8, 64), contextLength);
            _memory = _model.NewMemory();
            Device = new InstructionInterpreter(_model.Program, _memory, IssueOrder.RoundRobin());
            Session = new Session(_model.Program, Device);
        }

        public MachineProgram Program => _model.Program;

        public InstructionInterpreter Device { get; }

        public Session Session { get; }

        public float[][] AllLogits(int[] ids, int? chunk)
        {
            List<float[]> rows = [];
            Session.Reset();
            Session.PrefillAll(ids, (position, logits) => rows.Add(position == rows.Count ? logits.ToArray() : []), chunk);
            return [.. rows];
        }

        public void Dispose()
        {
            Device.Dispose();
            _memory.Dispose();
            _model.Dispose();
        }
    }
}
