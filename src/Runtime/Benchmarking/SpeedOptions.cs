using Flightc.Diagnostics;
using Flightc.Runtime.Emulation;

namespace Flightc.Runtime.Benchmarking;

/// <summary>What is measured.</summary>
/// <param name="Prompt">Tokens of the prompt, at least 1.</param>
/// <param name="Tokens">Decode steps of a run, at least 1.</param>
/// <param name="Past">Tokens before the first decode step, from 0.</param>
/// <param name="Runs">How often each is measured, at least 1.</param>
/// <param name="Threads">Threads of the emulator, at least 1.</param>
/// <param name="Path">Which instructions of the processor it uses.</param>
public sealed record SpeedOptions(int Prompt, int Tokens, int Past, int Runs, int Threads, VectorPath Path)
{
    /// <summary>Refuses what an image cannot run.</summary>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    /// <exception cref="CompilationException">The context is too short (FLC5001).</exception>
    public void Require(int contextLength)
    {
        DiagnosticBag bag = new();
        if (Prompt > contextLength)
        {
            bag.Error(
                Codes.ContextExceeded, $"a prompt of {Prompt} tokens is longer than the context of {contextLength}", "",
                "give a smaller --prompt, or compile with a larger --max-length");
        }

        if ((long)Past + Tokens > contextLength)
        {
            bag.Error(
                Codes.ContextExceeded,
                $"{Tokens} decode steps after {Past} tokens need a context of {(long)Past + Tokens}, and it is {contextLength}", "",
                "give smaller --tokens or --context, or compile with a larger --max-length");
        }

        bag.ThrowIfErrors();
    }
}
