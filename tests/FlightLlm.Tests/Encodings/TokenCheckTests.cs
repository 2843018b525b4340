using Flightc.Diagnostics;
using Flightc.FlightLlm;

namespace Flightc.Tests.FlightLlm;

public sealed class TokenCheckTests
{
    private const PublishedUnit Ld = PublishedUnit.Load;
    private const PublishedUnit St = PublishedUnit.Store;
    private const PublishedUnit Mm = PublishedUnit.Matrix;
    private const PublishedUnit Sys = PublishedUnit.System;

    /// <summary>How many random programs are looked at.</summary>
    private const int Programs = 300;

    [Fact]
    public void The_idle_program_is_sound()
    {
        PublishedProgram idle = PublishedProgram.Decode(PublishedEncoding.U280, Convert.FromHexString("000008f0"), "idle");

        Assert.Empty(TokenCheck.Of(idle, "idle").Findings);
        Assert.Empty(TokenCheck.Of(idle, "idle").Edges);
        Assert.Equal("0x00000000  SYS   end         wait=- release=- w0=0x0", PublishedDisassembly.Line(idle, 0));
    }

    [Fact]
    public void A_double_buffered_product_needs_two_tokens_each_way()
    {
        // Three tiles, two slots: the third load waits until the first product has ended.
        TokenCheck check = Check(
            PublishedEncoding.Vhk158, (Ld, [], [Mm]), (Ld, [], [Mm]), (Ld, [Mm], [Mm]), (Mm, [Ld], [Ld]), (Mm, [Ld], []), (Mm, [Ld], [St]), (St, [Mm], [Sys]), (Sys, [St], []));

        Assert.Empty(check.Findings);
        Assert.Equal([new(Ld, Mm, 3, 3, 2), new(St, Sys, 1, 1, 1), new(Mm, Ld, 1, 1, 1), new(Mm, St, 1, 1, 1)], check.Edges);
    }

    [Fact]
    public void Tokens_that_nobody_takes_are_found()
    {
        TokenCheck check = Check(PublishedEncoding.Vhk158, (Ld, [], [Mm]), (Ld, [], [Mm]), (Mm, [Ld], []));

        Diagnostic finding = Assert.Single(check.Findings);
        Assert.Equal((Codes.ProgramInvalid, "test", "LD releases 2 tokens to MM, which waits for 1"), (finding.Code, finding.Location, finding.Message));
    }

    [Fact]
    public void Balanced_tokens_that_come_too_late_are_a_deadlock()
    {
        TokenCheck check = Check(PublishedEncoding.Vhk158, (St, [], []), (Ld, [Mm], []), (Ld, [], [Mm]), (Mm, [Ld], [Ld]));

        Assert.Empty(check.BalanceFindings);
        Assert.Equal("after 1 of 4 instructions no unit can start its next: LD at byte 12 lacks MM; MM at byte 68 lacks LD", Assert.Single(check.OrderFindings).Message);
        Assert.Equal([(Ld, Mm, 0L), (Mm, Ld, 0L)], check.Edges.Select(e => (e.From, e.To, e.Peak)));
    }

    [Fact]
    public void A_program_of_the_U280_ends_once_and_last()
    {
        PublishedEncoding b = PublishedEncoding.U280;
        PublishedInstruction end = b.Instruction(Sys, PublishedUnits.Store, PublishedUnits.None, ("end", 1));
        PublishedInstruction store = b.Instruction(St, PublishedUnits.Matrix, PublishedUnits.System);
        PublishedInstruction product = b.Instruction(Mm, PublishedUnits.None, PublishedUnits.Store);
        Assert.Empty(Of(product, store, end));
        Assert.Equal(["no instruction ends the program; the last has to"], Of(product, store, b.Instruction(Sys, PublishedUnits.Store)));

        // What nothing waits for need not have ended.
        Assert.Equal(["the program can end before the last instruction of LD has: nothing waits for that"], Of(product, store, b.Instruction(Ld), end));
        Assert.Equal(
            "the program can end before the last instruction of MM has: nothing waits for that",
            Assert.Single(Of(product, store, b.Instruction(Mm), end)));
        Assert.Empty(Of(product, b.Instruction(Mm, PublishedUnits.None, PublishedUnits.Store), b.Instruction(St, PublishedUnits.Matrix), store, end));

        CompilationException e = Assert.Throws<CompilationException>(() => Of(product, end, store));
        Assert.Equal("at byte 24: 4 words stand behind the instruction that ends the program", e.Diagnostics[0].Message);

        IEnumerable<string> Of(params PublishedInstruction[] all) => TokenCheck.Of(PublishedProgram.Of(b, all), "test").Findings.Select(f => f.Message);
    }

    [Fact]
    public void Every_order_executes_the_same_and_leaves_the_same()
    {
        RandomNumbers random = new(3);
        int standing = 0;
        for (int i = 0; i < Programs; i++)
        {
            PublishedProgram program = RandomProgram(random, 60);
            PublishedUnit[] units = [.. program.Encoding.Units];
            TokenSimulation first = new(program);
            first.Run();
            standing += first.IsDone ? 0 : 1;
            for (int order = 0; order < 10; order++)
            {
                TokenSimulation other = new(program);
                for (PublishedUnit[] ready = units; ready.Length > 0; ready = [.. units.Where(other.CanStep)])
                {
                    PublishedUnit next = ready[random.Below(ready.Length)];
                    if (other.CanStep(next))
                    {
                        other.Step(next);
                    }
                }

                Assert.Equal(units.Select(first.Executed), units.Select(other.Executed));
                Assert.All(units, from => Assert.Equal(units.Select(to => first.Tokens(from, to)), units.Select(to => other.Tokens(from, to))));
            }
        }

        Assert.InRange(standing, Programs / 10, Programs - (Programs / 10));
    }

    [Fact]
    public void The_peak_is_the_most_that_any_order_leaves()
    {
        RandomNumbers random = new(4);
        for (int i = 0; i < Programs; i++)
        {
            PublishedProgram program = RandomProgram(random, 12);
            PublishedUnit[] units = [.. program.Encoding.Units];
            Dictionary<(PublishedUnit, PublishedUnit), long> most = [];
            HashSet<string> seen = [];
            Visit([]);

            Assert.All(TokenCheck.Of(program, "random").Edges, e => Assert.Equal(most.GetValueOrDefault((e.From, e.To)), e.Peak));

            // Every state that can be reached, each once.
            void Visit(PublishedUnit[] steps)
            {
                TokenSimulation state = new(program);
                foreach (PublishedUnit unit in steps)
                {
                    state.Step(unit);
                }

                if (!seen.Add(string.Join(' ', units.Select(state.Executed))))
                {
                    return;
                }

                foreach (PublishedUnit from in units)
                {
                    foreach (PublishedUnit to in units)
                    {
                        most[(from, to)] = Math.Max(most.GetValueOrDefault((from, to)), state.Tokens(from, to));
                    }
                }

                foreach (PublishedUnit unit in units.Where(state.CanStep))
                {
                    Visit([.. steps, unit]);
                }
            }
        }
    }

    [Fact]
    public void Balance_and_order_agree_with_a_simulation_of_the_program()
    {
        RandomNumbers random = new(5);
        for (int i = 0; i < Programs; i++)
        {
            PublishedProgram program = RandomProgram(random, 30);
            TokenSimulation simulation = new(program);
            simulation.Run();
            TokenCheck check = TokenCheck.Of(program, "random");

            Assert.Equal(simulation.IsDone, check.OrderFindings.Count == 0);
            Assert.Equal(check.Edges.Where(e => e.Released != e.Waited).Count(), check.BalanceFindings.Count);
        }
    }

    [Fact]
    public void A_unit_that_lacks_a_token_cannot_start()
    {
        TokenSimulation simulation = new(Program(PublishedEncoding.Vhk158, (Ld, [Mm], [])));

        Assert.Equal(PublishedUnits.Matrix, simulation.Lacks(Ld));
        Assert.Throws<InvalidOperationException>(() => simulation.Step(Ld));
        Assert.Throws<InvalidOperationException>(() => simulation.Lacks(Mm));
    }

    /// <summary>
    /// An order is made up first, in which every token is there when it is taken; a few exchanged
    /// instructions then may or may not spoil it.
    /// </summary>
    private static PublishedProgram RandomProgram(RandomNumbers random, int count)
    {
        PublishedEncoding encoding = PublishedEncoding.Vhk158;
        int[,] tokens = new int[PublishedUnitExtensions.Count, PublishedUnitExtensions.Count];
        List<PublishedInstruction> all = [];
        for (int i = 0; i < count; i++)
        {
            PublishedUnit unit = encoding.Units[random.Below(4)];
            PublishedUnits wait = PublishedUnits.None;
            PublishedUnits release = PublishedUnits.None;
            foreach (PublishedUnit other in encoding.Units.Take(4).Where(u => u != unit))
            {
                if (tokens[(int)other, (int)unit] > 0 && random.Below(3) > 0)
                {
                    tokens[(int)other, (int)unit]--;
                    wait |= other.AsSet();
                }

                if (random.Below(3) == 0)
                {
                    tokens[(int)unit, (int)other]++;
                    release |= other.AsSet();
                }
            }

            all.Add(encoding.Instruction(unit, wait, release));
        }

        for (int i = random.Below(4); i > 0; i--)
        {
            int at = random.Below(count);
            int with = random.Below(count);
            (all[at], all[with]) = (all[with], all[at]);
        }

        return PublishedProgram.Of(encoding, all);
    }

    private static TokenCheck Check(PublishedEncoding encoding, params (PublishedUnit, PublishedUnit[], PublishedUnit[])[] all) =>
        TokenCheck.Of(Program(encoding, all), "test");

    private static PublishedProgram Program(PublishedEncoding encoding, params (PublishedUnit Unit, PublishedUnit[] Wait, PublishedUnit[] Release)[] all)
    {
        return PublishedProgram.Of(encoding, [.. all.Select(i => encoding.Instruction(i.Unit, Set(i.Wait), Set(i.Release)))]);

        static PublishedUnits Set(PublishedUnit[] units) => units.Aggregate(PublishedUnits.None, (set, unit) => set | unit.AsSet());
    }
}
