using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Tests;

/// <summary>A device whose logits are a function of the tokens so far, and that notes its steps.</summary>
internal sealed unsafe class ScriptedDevice : IDevice
{
    private readonly Func<IReadOnlyList<int>, float[]> _logits;
    private readonly List<int> _seen = [];
    private readonly nint _tables = (nint)NativeMemory.AllocZeroed(64);

    public ScriptedDevice(Func<IReadOnlyList<int>, float[]> logits, int vocabulary = 8, int context = 64, int maxTokens = 16, long scoreSlots = 1 << 20, int group = 2)
    {
        _logits = logits;
        long pitch = 4L * vocabulary;
        Program = new MachineProgram(
            new Geometry("scripted", [new(0, 2), new(2, 1)], 4096, 1 << 20, 0, 0, 0, 64),
            new MemoryMap(64, 64 + (4 * maxTokens), pitch, vocabulary, context, maxTokens, 0, 0, 64, 64, scoreSlots, group),
            [],
            [new EntryPoint("decode", [], []), new EntryPoint("prefill", [], [])]);
        Memory = new DeviceMemory(Program, [default, default, default], new MemoryRegion(_tables, 64));
    }

    public MachineProgram Program { get; }

    public List<(string Entry, StepArguments Step)> Steps { get; } = [];

    public DeviceMemory Memory { get; }

    public void Run(EntryPoint entry, StepArguments step, IActivationObserver? observer = null)
    {
        Steps.Add((entry.Name, step));
        _seen.RemoveRange(step.Past, _seen.Count - step.Past);
        for (int i = 0; i < step.Tokens; i++)
        {
            _seen.Add((int)Memory.Ids[i]);
            if (i >= step.From)
            {
                MemoryMap map = Program.Memory;
                float* row = (float*)Memory.WriteDdr(map.LogitsAddress + ((i - step.From) * map.LogitsPitch), map.LogitsPitch);
                _logits(_seen).CopyTo(new Span<float>(row, map.VocabularySize));
            }
        }
    }

    public void Dispose()
    {
        Memory.Dispose();
        NativeMemory.Free((void*)_tables);
    }
}
