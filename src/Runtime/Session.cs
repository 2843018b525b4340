using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime;

/// <summary>One sequence of tokens on a device: what it has seen lies in the device's KV cache.</summary>
/// <remarks>
/// A token's logits do not depend on how a prompt is cut into steps. Where a call fails, the sequence ends
/// before the step that failed, and can go on from there. A device serves one session at a time; a session
/// serves one thread at a time.
/// </remarks>
public sealed class Session
{
    private readonly MachineProgram _program;
    private readonly IDevice _device;
    private readonly EntryPoint _decode;
    private readonly EntryPoint _prefill;
    private readonly StepLimits _limits;
    private readonly bool _masksPrompts;

    /// <summary>An empty sequence.</summary>
    /// <param name="program">The program that the device was made for.</param>
    /// <param name="device">Borrowed.</param>
    /// <exception cref="CompilationException">The program lacks an entry, or a token does not fit it
    /// (FLC4001).</exception>
    public Session(MachineProgram program, IDevice device)
    {
        _program = program;
        _device = device;
        _decode = Entry(program, "decode");
        _prefill = Entry(program, "prefill");
        _limits = new StepLimits(program);
        _masksPrompts = program.MasksPrompts;
    }

    /// <summary>The most tokens of the sequence.</summary>
    public int ContextLength => _program.Memory.ContextLength;

    /// <summary>Token ids are below it; as many logits has a row.</summary>
    public int VocabularySize => _program.Memory.VocabularySize;

    /// <summary>Tokens seen so far.</summary>
    public int Position { get; private set; }

    /// <summary>Is shown every named activation of every step, or null. Wants a program with symbols.</summary>
    public IActivationObserver? Observer { get; set; }

    /// <summary>
    /// Called after every step, with <see cref="Position"/> moved on: for progress. What it throws ends the
    /// call.
    /// </summary>
    public Action<StepArguments>? Stepped { get; set; }

    /// <summary>Forgets all tokens.</summary>
    public void Reset() => Position = 0;

    /// <summary>Forgets the tokens from a position on; the sequence goes on from there.</summary>
    /// <param name="position">0 … <see cref="Position"/>.</param>
    public void Rewind(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Position);
        Position = position;
    }

    /// <summary>Takes several tokens of a prompt: attention masks, where the program has them, apply to them.</summary>
    /// <param name="ids">At least one.</param>
    /// <param name="chunkTokens">The most tokens of a step; as many as the program can take where null.</param>
    /// <returns>The logits of the last of them, valid until the next step.</returns>
    /// <exception cref="CompilationException">
    /// No tokens (FLC5004), more than the context holds (FLC5001), or one outside the vocabulary (FLC5002),
    /// and nothing was executed; or a logit is not finite (FLC5003), or the device found the program or its
    /// weights wrong (FLC4xxx).
    /// </exception>
    public ReadOnlySpan<float> Prefill(ReadOnlySpan<int> ids, int? chunkTokens = null)
    {
        Take(ids, chunkTokens, null, isPrompt: true);
        return _device.Memory.Logits(0);
    }

    /// <summary>Takes several tokens of a prompt, and computes the logits of each.</summary>
    /// <param name="ids">At least one.</param>
    /// <param name="onLogits">Gets the logits of every token, in order.</param>
    /// <param name="chunkTokens">The most tokens of a step; as many as the program can take where null.</param>
    /// <exception cref="CompilationException">As the other overload.</exception>
    public void PrefillAll(ReadOnlySpan<int> ids, LogitsRow onLogits, int? chunkTokens = null) =>
        Take(ids, chunkTokens, onLogits, isPrompt: true);

    /// <summary>Takes one token that was generated: attention masks do not apply to it.</summary>
    /// <param name="id">The token.</param>
    /// <returns>Its logits, valid until the next step.</returns>
    /// <exception cref="CompilationException">As <see cref="Prefill"/>.</exception>
    public ReadOnlySpan<float> Decode(int id)
    {
        Take([id], null, null, isPrompt: false);
        return _device.Memory.Logits(0);
    }

    private void Take(ReadOnlySpan<int> ids, int? chunkTokens, LogitsRow? onLogits, bool isPrompt)
    {
        int most = chunkTokens ?? _program.Memory.MaxTokens;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(chunkTokens));
        Check(ids);
        while (!ids.IsEmpty)
        {
            int tokens = _limits.LargestStep(Position, Math.Min(most, ids.Length));
            int from = onLogits is not null ? 0 : tokens == ids.Length ? tokens - 1 : tokens;
            Step(ids[..tokens], from, onLogits, isPrompt);
            ids = ids[tokens..];
        }
    }

    private void Step(ReadOnlySpan<int> ids, int from, LogitsRow? onLogits, bool isPrompt)
    {
        Span<uint> mailbox = _device.Memory.Ids;
        for (int i = 0; i < ids.Length; i++)
        {
            mailbox[i] = (uint)ids[i];
        }

        StepArguments step = new(Position, ids.Length, from);
        bool isDecode = ids.Length == 1 && !(isPrompt && _masksPrompts);
        _device.Run(isDecode ? _decode : _prefill, step, Observer);
        for (int row = 0; row < ids.Length - from; row++)
        {
            RequireFinite(_device.Memory.Logits(row), Position + from + row);
        }

        Position += ids.Length;
        for (int row = 0; onLogits is not null && row < ids.Length; row++)
        {
            onLogits(step.Past + row, _device.Memory.Logits(row));
        }

        Stepped?.Invoke(step);
    }

    private void Check(ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty)
        {
            throw new CompilationException(
                Codes.PromptEmpty, "there are no tokens to run; at least one is wanted", "", "give a prompt");
        }

        if (ids.Length > ContextLength - Position)
        {
            throw new CompilationException(
                Codes.ContextExceeded,
                $"{(long)Position + ids.Length} tokens are more than the context of {ContextLength}"
                + (Position > 0 ? $": {Position} so far and {ids.Length} new ones" : ""),
                "", "give fewer tokens, or compile with a larger --max-length");
        }

        foreach (int id in ids)
        {
            if ((uint)id >= (uint)VocabularySize)
            {
                throw new CompilationException(
                    Codes.TokenOutOfRange,
                    $"the token id {id} is outside the vocabulary, 0 to {VocabularySize - 1}", "",
                    "use the tokenizer that belongs to the model");
            }
        }
    }

    private static void RequireFinite(ReadOnlySpan<float> logits, int position)
    {
        for (int i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i]))
            {
                throw new CompilationException(
                    Codes.ResultNotFinite,
                    $"the logit of token {i} after position {position} is {logits[i]}; a finite number is wanted",
                    "",
                    "see with 'flightc check' whether the weights are sound");
            }
        }
    }

    private static EntryPoint Entry(MachineProgram program, string name)
    {
        EntryPoint[] named = [.. program.Entries.Where(e => e.Name == name)];
        return named.Length == 1
            ? named[0]
            : throw new CompilationException(
                Codes.ProgramInvalid,
                $"the program has {named.Length} entries '{name}'; exactly one is wanted");
    }
}
