using Flightc.Diagnostics;
using Flightc.Runtime;
using Flightc.Runtime.Devices;

namespace Flightc.Tests;

public sealed class SessionStepTests
{
    [Fact]
    public void Only_the_last_token_of_a_prompt_has_logits()
    {
        using ScriptedDevice device = new(Count);
        Session session = new(device.Program, device);
        Assert.Equal(37, session.Prefill(new int[37])[0]);
        Assert.Equal([("prefill", new(0, 16, 16)), ("prefill", new(16, 16, 16)), ("prefill", new StepArguments(32, 5, 4))], device.Steps);
        Assert.Equal(38, session.Decode(1)[0]);
        Assert.Equal(("decode", new StepArguments(37, 1, 0)), device.Steps[^1]);
        Assert.Equal(38, session.Position);
        session.Reset();
        Assert.Equal(1, session.Decode(1)[0]);
    }

    [Fact]
    public void Every_token_has_logits_where_they_are_wanted()
    {
        using ScriptedDevice device = new(Count);
        Session session = new(device.Program, device);
        List<(int Position, float First)> rows = [];
        session.PrefillAll(new int[20], (position, logits) => rows.Add((position, logits[0])), 7);
        session.PrefillAll(new int[2], (position, logits) => rows.Add((position, logits[0])), 7);
        Assert.Equal(Enumerable.Range(0, 22).Select(i => (i, i + 1f)), rows);
        Assert.Equal([7, 7, 6, 2], device.Steps.Select(s => s.Step.Tokens));
    }

    [Fact]
    public void Steps_shrink_to_what_scratch_holds_of_scores()
    {
        // Two channels of three on the larger core, two query heads: a step of t tokens after p needs 4·t·ceil((p + t) / 3).
        const long slots = 96;
        using ScriptedDevice device = new(Count, scoreSlots: slots);
        Session session = new(device.Program, device);
        _ = session.Prefill(new int[64]);
        Assert.Equal(64, device.Steps.Sum(s => s.Step.Tokens));
        foreach ((string _, StepArguments step) in device.Steps)
        {
            Assert.InRange(Needed(step.Past, step.Tokens), 1, slots);
            bool isLargest = step.Past + step.Tokens == 64 || Needed(step.Past, step.Tokens + 1) > slots || step.Tokens == 16;
            Assert.True(isLargest, $"{step} could have been larger");
        }

        Assert.Equal(8, device.Steps[0].Step.Tokens);
        Assert.Contains(device.Steps, s => s.Entry == "decode" && s.Step.From == 1);

        static long Needed(int past, int tokens) => 4L * tokens * ((past + tokens + 2) / 3);
    }

    [Fact]
    public void A_program_that_a_token_does_not_fit_is_refused()
    {
        using ScriptedDevice device = new(Count, scoreSlots: (4 * 22) - 1);
        CompilationException error = Assert.Throws<CompilationException>(() => new Session(device.Program, device));
        Assert.Equal(Codes.ProgramInvalid, error.Diagnostics[0].Code);
        using ScriptedDevice huge = new(Count, group: int.MaxValue);
        Assert.Equal(Codes.ProgramInvalid, Assert.Throws<CompilationException>(() => new Session(huge.Program, huge)).Diagnostics[0].Code);
        Assert.Throws<CompilationException>(() => new Session(device.Program with { Entries = [device.Program.Decode] }, device));
    }

    [Fact]
    public void Tokens_that_do_not_fit_are_refused_before_anything_runs()
    {
        using ScriptedDevice device = new(Count);
        Session session = new(device.Program, device);
        _ = session.Prefill(new int[60]);
        int before = device.Steps.Count;
        CompilationException error = Assert.Throws<CompilationException>(() => { session.Prefill(new int[5]); });
        Assert.Equal(Codes.ContextExceeded, error.Diagnostics[0].Code);
        Assert.Contains("65", error.Message, StringComparison.Ordinal);
        Assert.Contains("64", error.Message, StringComparison.Ordinal);
        Assert.Equal(Codes.TokenOutOfRange, Assert.Throws<CompilationException>(() => { session.Prefill([1, 8]); }).Diagnostics[0].Code);
        Assert.Equal(Codes.TokenOutOfRange, Assert.Throws<CompilationException>(() => { session.Decode(-1); }).Diagnostics[0].Code);
        Assert.Equal(Codes.PromptEmpty, Assert.Throws<CompilationException>(() => { session.Prefill([]); }).Diagnostics[0].Code);
        Assert.Equal(before, device.Steps.Count);
        Assert.Equal(60, session.Position);
    }

    [Fact]
    public void A_logit_that_is_not_finite_ends_the_run_before_its_step()
    {
        using ScriptedDevice device = new(seen => [0, seen[^1] == 3 ? float.NaN : 1, 0, 0, 0, 0, 0, 0]);
        Session session = new(device.Program, device);
        _ = session.Prefill([1, 2]);
        CompilationException error = Assert.Throws<CompilationException>(() => { session.Decode(3); });
        Assert.Equal(Codes.ResultNotFinite, error.Diagnostics[0].Code);
        Assert.Contains("token 1 after position 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, session.Position);
        Assert.Equal(1, session.Decode(4)[1]);
    }

    private static float[] Count(IReadOnlyList<int> seen) => [seen.Count, 0, 0, 0, 0, 0, 0, 0];
}
