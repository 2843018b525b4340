using Flightc.Backend.Emission;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Tests.Emission;

public sealed class TokenPlanTests
{
    // a, b and c lie apart; ab overlaps a and b; rows has a row per KV head.
    private const string Header =
        """
        schedule "tokens" context=1 tokens=1 vocabulary=1 group=1 score_slots=1
        target hand channel_bytes=0 ddr_bytes=0 scratch_bytes=4096 weight_ring_bytes=0 cache_ring_bytes=0 page_bytes=0
        core first=0 channels=1
        cache layers=1 heads=4 head_dim=2
        mapping attention=keys decode_gather=codes decode_loops=1 prefill_gather=codes prefill_loops=1 gate_rows=256 head_rows=1024 ahead=50
        region a address=0 element=4 stride=64 rows=1
        region b address=64 element=4 stride=64 rows=1
        region ab address=32 element=4 stride=64 rows=1
        region c address=128 element=4 stride=64 rows=1
        region d address=192 element=4 stride=64 rows=1
        region rows address=256 element=4 stride=64 rows=4 per_head=1
        phase decode unit=mv

        """;

    [Fact]
    public void A_read_waits_for_the_write() => Check(
        """
        load_vector w out=a
        measure r source=a maxima=b
        """,
        "ld w release=misc", "misc r wait=ld");

    [Fact]
    public void A_write_waits_for_the_read() => Check(
        """
        measure r source=a maxima=b
        load_vector w out=a
        """,
        "misc r release=ld", "ld w wait=misc");

    [Fact]
    public void A_write_waits_for_the_write() => Check(
        """
        load_vector w out=a
        embed v source=b out=a
        """,
        "ld w release=misc", "misc v wait=ld");

    [Fact]
    public void Regions_that_overlap_are_the_same_bytes() => Check(
        """
        load_vector w out=ab
        measure r source=b maxima=c
        """,
        "ld w release=misc", "misc r wait=ld");

    [Fact]
    public void Steps_of_one_unit_and_reads_of_the_same_need_nothing() => Check(
        """
        load_vector w out=a
        load_vector v out=a
        store_logits s source=b
        measure r source=b maxima=c
        """,
        "ld w", "ld v", "st s", "misc r");

    [Fact]
    public void A_pair_gets_one_token_and_what_follows_knows_it() => Check(
        """
        load_vector w out=a
        load_vector v out=b
        measure r source=b maxima=c
        measure s source=a maxima=c
        """,
        "ld w", "ld v release=misc", "misc r wait=ld", "misc s");

    [Fact]
    public void An_edge_that_others_imply_is_left_out() => Check(
        """
        load_vector w out=a
        measure r source=a maxima=b
        linear p codes=a scales=b out=c
        """,
        "ld w release=misc", "misc r wait=ld release=mv", "mv p wait=misc");

    [Fact]
    public void Producers_that_do_not_know_each_other_are_both_waited_for() => Check(
        """
        load_vector w out=a
        measure r source=d maxima=b
        linear p codes=a scales=b out=c
        """,
        "ld w release=mv", "misc r release=mv", "mv p wait=ld,misc");

    [Fact]
    public void The_end_waits_for_the_last_of_every_unit_that_nothing_else_waits_for()
    {
        string[] plan = Plan(
            """
            load_vector w out=a
            measure r source=a maxima=b
            store_logits s source=c
            finish f
            """);

        Assert.Equal(["ld w release=misc", "misc r wait=ld release=sys", "st s release=sys", "sys f wait=st,misc"], plan);
    }

    [Fact]
    public void A_step_without_regions_is_waited_for_at_the_end()
    {
        Assert.Equal(
            ["loop ld", "ld c", "endloop ld", "ld release=sys", "sys f wait=ld"],
            Plan(
                """
                for l count=4
                load_cache c layer=0 part=keys
                end l
                finish f
                """));
    }

    [Fact]
    public void A_loop_takes_what_it_needs_before_it_begins_and_gives_when_it_has_ended() => Check(
        """
        load_vector w out=a
        for l count=4
        softmax s source=a out=b
        end l
        linear p codes=b scales=d out=c
        """,
        "ld w release=misc", "misc wait=ld", "loop misc", "misc s", "endloop misc", "misc release=mv", "mv p wait=misc");

    [Fact]
    public void A_loop_whose_iterations_would_wait_for_one_another_is_refused()
    {
        CompilationException e = Assert.Throws<CompilationException>(() => Plan(
            """
            for l count=4
            score s out=a
            softmax t source=a out=b
            end l
            """));

        Diagnostic diagnostic = Assert.Single(e.Diagnostics);
        Assert.Equal(Codes.ScheduleInvalid, diagnostic.Code);
        Assert.Equal("decode", diagnostic.Location);
        Assert.Contains("score 's'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_different_heads_do_not_conflict() => Check(
        """
        for l count=4
        score s out=rows
        softmax t source=rows out=b
        end l
        """,
        "loop mv,misc", "mv s release=misc", "misc t wait=mv", "endloop mv,misc");

    [Fact]
    public void Rows_of_heads_conflict_with_what_lies_outside_of_the_loop() => Check(
        """
        load_vector w out=rows
        for l count=4
        score s out=rows
        end l
        measure r source=rows maxima=b
        """,
        "ld w release=mv", "mv wait=ld", "loop mv", "mv s", "endloop mv", "mv release=misc", "misc r wait=mv");

    [Fact]
    public void A_cycle_within_an_iteration_needs_no_token_across() => Check(
        """
        for l count=4
        score s out=a
        softmax t source=a out=b
        value v source=b out=c
        end l
        """,
        "loop mv,misc", "mv s release=misc", "misc t wait=mv release=mv", "mv v wait=misc", "endloop mv,misc");

    [Fact]
    public void Steps_and_only_steps_use_the_matrix_unit_of_their_phase()
    {
        Schedule schedule = Parse("linear p codes=a scales=b out=c");
        Phase prefill = schedule.Phases[0] with { MatrixUnit = Unit.Matrix };

        Assert.Equal(["mm p"], TokenPlan.Of(schedule, prefill).Select(Describe));
    }

    private static void Check(string steps, params string[] expected) => Assert.Equal(expected, Plan(steps));

    private static string[] Plan(string steps)
    {
        Schedule schedule = Parse(steps);
        return [.. TokenPlan.Of(schedule, schedule.Phases[0]).Select(Describe)];
    }

    private static Schedule Parse(string steps) => ScheduleText.Parse(Header + steps, "steps");

    private static string Describe(PlannedItem item)
    {
        if (item.Step is { Kind: StepKind.For or StepKind.End } loop)
        {
            return (loop.Kind == StepKind.For ? "loop " : "endloop ") + Names(item.LoopUnits);
        }

        string name = item.Step is null ? "" : $" {item.Step.Name}";
        string wait = item.Wait == Units.None ? "" : $" wait={Names(item.Wait)}";
        string release = item.Release == Units.None ? "" : $" release={Names(item.Release)}";
        return InstructionSet.NameOf(item.Unit) + name + wait + release;
    }

    private static string Names(Units units) =>
        string.Join(',', Enum.GetValues<Unit>().Where(u => units.HasFlag((Units)(1 << (int)u))).Select(InstructionSet.NameOf));
}
