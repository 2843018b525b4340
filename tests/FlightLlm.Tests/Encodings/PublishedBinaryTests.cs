using Flightc.Diagnostics;
using Flightc.FlightLlm;

namespace Flightc.Tests.FlightLlm;

/// <summary>The published U280 binary: one attention block of 64 tokens on one core.</summary>
public sealed class PublishedBinaryTests
{
    private static readonly PublishedEncoding U280 = PublishedEncoding.U280;

    private static byte[] Bytes => File.ReadAllBytes(TestData.Wider("reference", "flightllm-u280", "inst.slr0.rtl.bin"));

    private static PublishedProgram Published => PublishedProgram.Decode(U280, Bytes, "published");

    [Fact]
    public void Its_words_are_walked_to_the_end()
    {
        PublishedProgram program = Published;

        Assert.Equal(76_625, program.Words.Length);
        Assert.Equal(
            [(PublishedUnit.Load, 14_232), (PublishedUnit.Store, 390), (PublishedUnit.Matrix, 704), (PublishedUnit.Misc, 128), (PublishedUnit.System, 1)],
            program.CountByUnit());
        Assert.True(program.EndsAt(program.Count - 1));
        Assert.Equal("76625 words, 15455 instructions: LD 14232, ST 390, MM 704, MISC 128, SYS 1", PublishedDisassembly.Summary(program));
    }

    [Fact]
    public void Its_instructions_encode_to_its_bytes()
    {
        Assert.Equal(Bytes, PublishedProgram.Of(U280, Instructions(Published)).ToBytes());
    }

    [Fact]
    public void Its_first_instructions_are_shown_with_what_is_inferred()
    {
        PublishedProgram program = Published;

        Assert.Equal(
            "0x00000000  LD    load        wait=- release=- w0=0x8000 w1=0x1000 w2=0x1101040 w3=0x10003 w4=0x1"
            + " ; inferred: mode=1 channel=0 bank_addr=0x0 length=4096 address=0x440410 flags=0x3 repeat=1",
            PublishedDisassembly.Line(program, 0));
        Assert.Equal("0x0004ad10".Length, PublishedDisassembly.Line(program, 15_454).IndexOf("  SYS   end         wait=ST release=- w0=0x0", StringComparison.Ordinal));
    }

    [Fact]
    public void Its_tokens_balance_and_nothing_waits_for_ever()
    {
        TokenCheck check = TokenCheck.Of(Published, "published");

        Assert.Empty(check.Findings);
        Assert.Equal(
            [
                (PublishedUnit.Load, PublishedUnit.Store, 288), (PublishedUnit.Load, PublishedUnit.Matrix, 704), (PublishedUnit.Load, PublishedUnit.Misc, 96),
                (PublishedUnit.Store, PublishedUnit.Load, 294), (PublishedUnit.Store, PublishedUnit.System, 1), (PublishedUnit.Matrix, PublishedUnit.Load, 480),
                (PublishedUnit.Matrix, PublishedUnit.Store, 6), (PublishedUnit.Misc, PublishedUnit.Load, 32), (PublishedUnit.Misc, PublishedUnit.Store, 96),
            ],
            check.Edges.Select(e => (e.From, e.To, e.Released)));
        Assert.All(check.Edges, e => Assert.Equal(e.Released, e.Waited));
        Assert.Equal([3, 128, 32, 3, 1, 8, 1, 16, 32], check.Edges.Select(e => e.Peak));
    }

    [Fact]
    public void With_wait_and_release_exchanged_it_stands_still_after_24_loads()
    {
        PublishedProgram swapped = PublishedProgram.Of(U280, [.. Instructions(Published).Select(i => i.With(i.Release, i.Wait))]);
        TokenSimulation simulation = new(swapped);
        simulation.Run();

        Assert.Equal([24, 0, 0, 0, 1], U280.Units.Select(simulation.Executed));
        TokenCheck check = TokenCheck.Of(swapped, "swapped");
        Assert.Empty(check.BalanceFindings);
        Assert.StartsWith("after 25 of 15455 instructions no unit can start its next: LD at byte ", Assert.Single(check.OrderFindings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_one_instruction_that_has_tokens_it_is_refused()
    {
        List<PublishedInstruction> whole = Instructions(Published);
        int[] candidates = [.. Enumerable.Range(0, whole.Count).Where(i => (whole[i].Wait | whole[i].Release) != PublishedUnits.None)];
        RandomNumbers random = new(11);
        for (int i = 0; i < 40; i++)
        {
            List<PublishedInstruction> mutant = [.. whole];
            mutant.RemoveAt(candidates[random.Below(candidates.Length)]);
            Refused(mutant);
        }
    }

    [Fact]
    public void With_any_one_token_flipped_it_is_refused()
    {
        List<PublishedInstruction> whole = Instructions(Published);
        RandomNumbers random = new(12);
        for (int i = 0; i < 40; i++)
        {
            List<PublishedInstruction> mutant = [.. whole];
            int at = random.Below(mutant.Count);
            PublishedUnit[] others = [.. U280.Units.Where(u => u != mutant[at].Unit)];
            PublishedUnits flip = others[random.Below(others.Length)].AsSet();
            mutant[at] = random.Below(2) == 0
                ? mutant[at].With(mutant[at].Wait ^ flip, mutant[at].Release)
                : mutant[at].With(mutant[at].Wait, mutant[at].Release ^ flip);
            Refused(mutant);
        }
    }

    [Fact]
    public void With_any_one_opcode_changed_or_word_missing_it_is_refused()
    {
        byte[] whole = Bytes;
        PublishedProgram program = Published;
        RandomNumbers random = new(13);
        for (int i = 0; i < 40; i++)
        {
            int word = random.Below(program.Words.Length);
            AssertRefused([.. whole[..(word * 4)], .. whole[((word + 1) * 4)..]]);
            byte[] changed = [.. whole];
            changed[program.ByteOf(random.Below(program.Count)) + 3] ^= 0x60;
            AssertRefused(changed);
        }

        static void AssertRefused(byte[] bytes)
        {
            try
            {
                Assert.NotEmpty(TokenCheck.Of(PublishedProgram.Decode(U280, bytes, "mutant"), "mutant").Findings);
            }
            catch (CompilationException e)
            {
                Assert.Equal(Codes.ProgramText, e.Diagnostics[0].Code);
            }
        }
    }

    private static void Refused(List<PublishedInstruction> mutant) =>
        Assert.Contains(Codes.ProgramInvalid, TokenCheck.Of(PublishedProgram.Of(U280, mutant), "mutant").BalanceFindings.Select(d => d.Code));

    private static List<PublishedInstruction> Instructions(PublishedProgram program) =>
        [.. Enumerable.Range(0, program.Count).Select(i => program[i])];
}
