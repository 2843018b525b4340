using System.Security.Cryptography;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Mutation;

/// <summary>A small model on a small machine, and one step of it: what programs in place of its own make of that step.</summary>
internal sealed unsafe class MutationSubject : IDisposable
{
    private readonly string _folder;
    private readonly CompiledModel _model;
    private readonly DeviceMemory _memory;
    private readonly byte[] _cache;
    private readonly string _entry;
    private readonly int _past;
    private readonly int _tokens;

    /// <summary>Compiles the model and runs what comes before the step.</summary>
    /// <param name="machine"><c>tiny</c>, or <c>u280</c> with less memory than the card has.</param>
    /// <param name="entry">The entry of the step.</param>
    /// <param name="past">Tokens before it.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="hasRows">Whether <see cref="RowInstructions"/> are added to the program.</param>
    public MutationSubject(string machine, string entry, int past, int tokens, bool hasRows = false)
    {
        (_entry, _past, _tokens) = (entry, past, tokens);
        _folder = new RandomCheckpoint(36, 40, 2, 4, 2, 8, 50, 96).Write(7);
        Geometry geometry = machine == "tiny"
            ? new("tiny", [new(0, 3), new(3, 2)], 1 << 20, 1 << 20, 128 << 10, 4 << 10, 256, 256)
            : SharedModel.U280 with { ScratchBytes = 128 << 10, WeightRingBytes = 4 << 10, CacheRingBytes = 256, PageBytes = 256, ChannelBytes = 1 << 20, DdrBytes = 1 << 20 };
        _model = new CompiledModel(_folder, geometry, w => new QuantizedFormat(w.Name == "head.weight" ? 8 : 4, 32), maxTokens: 8);
        Program = hasRows ? RowInstructions.Insert(_model.Program) : _model.Program;
        _memory = _model.NewMemory();
        Stepper stepper = new(Program, new InstructionInterpreter(Program, _memory, IssueOrder.RoundRobin()));
        stepper.Prefill([.. Enumerable.Range(0, past).Select(i => i * 7 % 50)], 8);
        _cache = ExecutorTests.Cache(Program, _memory);
    }

    /// <summary>The program, without mistakes.</summary>
    public MachineProgram Program { get; }

    /// <summary>Whether a program is refused without running it.</summary>
    public bool IsRefused(MachineProgram program) => ProgramVerifier.Verify(program, _model.Addresses.PoppedWeightBytes).HasErrors;

    /// <summary>Runs the step with a program.</summary>
    /// <returns>What the cache and the logits are, or how it ended.</returns>
    public Outcome Run(MachineProgram program, IssueOrder order)
    {
        Restore();
        using InstructionInterpreter interpreter = new(program, _memory, order);
        try
        {
            interpreter.Run(program.Entries.Single(e => e.Name == _entry), new StepArguments(_past, _tokens, 0));
        }
        catch (CompilationException e)
        {
            bool isBlocked = e.Diagnostics[0].Message.StartsWith("deadlock", StringComparison.Ordinal)
                || e.Diagnostics[0].Message.StartsWith("the step ends", StringComparison.Ordinal);
            return new Outcome(isBlocked, isBlocked ? "blocked" : "failed", e.Diagnostics[0].ToString());
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(ExecutorTests.Cache(Program, _memory));
        hash.AppendData(Logits);
        return new Outcome(false, Convert.ToHexString(hash.GetHashAndReset()), "");
    }

    public void Dispose()
    {
        _memory.Dispose();
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Span<byte> Logits
    {
        get
        {
            long bytes = Program.Memory.LogitsPitch * Program.Memory.MaxTokens;
            return new Span<byte>(_memory.WriteDdr(Program.Memory.LogitsAddress, bytes), (int)bytes);
        }
    }

    private void Restore()
    {
        int bytes = (int)Program.Memory.CacheBytes;
        for (int channel = 0; channel < Program.Geometry.Channels; channel++)
        {
            _cache.AsSpan(channel * bytes, bytes).CopyTo(new Span<byte>(_memory.Write(channel, Program.Memory.CacheAddress, bytes), bytes));
        }

        Logits.Clear();
        for (int i = 0; i < _tokens; i++)
        {
            _memory.Ids[i] = (uint)(((i * 11) + 3) % 50);
        }
    }
}

/// <summary>How a step ended.</summary>
/// <param name="IsBlocked">Whether in a deadlock, or with something left behind.</param>
/// <param name="Result">The same for steps that ended the same way.</param>
/// <param name="Message">What the interpreter said, or nothing.</param>
internal sealed record Outcome(bool IsBlocked, string Result, string Message);
