using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime;

/// <summary>How many tokens a program can take in one step.</summary>
internal sealed class StepLimits
{
    private readonly MemoryMap _map;
    private readonly MachineProgram _program;

    /// <exception cref="CompilationException">The program cannot take a single token (FLC4001).</exception>
    public StepLimits(MachineProgram program)
    {
        _map = program.Memory;
        _program = program;
        int channels = program.Geometry.Cores.Select(c => c.Count).DefaultIfEmpty(0).Min();
        if (_map.ContextLength < 1 || _map.MaxTokens < 1 || _map.VocabularySize < 1 || _map.Group < 1
            || channels < 1)
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"the program's context of {_map.ContextLength}, its steps of {_map.MaxTokens} tokens, its vocabulary of {_map.VocabularySize}, "
                + $"its groups of {_map.Group} or its cores of {channels} channels are empty");
        }

        if (!Fits(_map.ContextLength - 1, 1))
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"the last of {_map.ContextLength} tokens needs {program.SlotsOf(_map.ContextLength - 1, 1)} scores at a time, and scratch holds {_map.ScoreSlots}");
        }
    }

    /// <summary>The most tokens of the next step.</summary>
    /// <param name="past">Tokens before it.</param>
    /// <param name="wanted">At least 1; together with <paramref name="past"/> within the context.</param>
    /// <returns>1 … <paramref name="wanted"/>.</returns>
    public int LargestStep(int past, int wanted)
    {
        // What a step needs grows with its tokens. One token always fits.
        int fits = 1;
        int tooMany = Math.Min(wanted, _map.MaxTokens) + 1;
        while (tooMany - fits > 1)
        {
            int middle = fits + ((tooMany - fits) / 2);
            (fits, tooMany) = Fits(past, middle) ? (middle, tooMany) : (fits, middle);
        }

        return fits;
    }

    private bool Fits(int past, int tokens) => _program.SlotsOf(past, tokens) <= _map.ScoreSlots;
}
