using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Tests;

/// <summary>Feeds a device step by step, cutting a prompt as it is told.</summary>
internal sealed class Stepper(MachineProgram program, IDevice device)
{
    public delegate void LogitsRow(int position, ReadOnlySpan<float> logits);

    public int Position { get; private set; }

    /// <summary>Row of the last token's logits.</summary>
    public int LastRow { get; private set; }

    /// <summary>Steps of at most <paramref name="chunk"/> tokens with the prefill entry; 0 for the decode entry throughout.</summary>
    public void Prefill(ReadOnlySpan<int> ids, int chunk, IActivationObserver? observer = null, LogitsRow? row = null)
    {
        int limit = chunk == 0 ? 1 : Math.Min(chunk, program.Memory.MaxTokens);
        for (int done = 0; done < ids.Length; done += limit)
        {
            Step(chunk == 0 ? program.Decode : program.Prefill, ids.Slice(done, Math.Min(limit, ids.Length - done)), observer, row);
        }
    }

    public void Decode(int id, IActivationObserver? observer = null) => Step(program.Decode, [id], observer, null);

    private void Step(EntryPoint entry, ReadOnlySpan<int> ids, IActivationObserver? observer, LogitsRow? row)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            device.Memory.Ids[i] = (uint)ids[i];
        }

        device.Run(entry, new StepArguments(Position, ids.Length, 0), observer);
        for (int i = 0; i < ids.Length && row is not null; i++)
        {
            row(Position + i, device.Memory.Logits(i));
        }

        Position += ids.Length;
        LastRow = ids.Length - 1;
    }
}
