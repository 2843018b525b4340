using Flightc.IR;
using Flightc.Isa;
using Flightc.Numerics;
using Flightc.Passes.Tiling;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>
/// Decoders of every form, on seeded random weights: the Graph's interpreter, the interpreter of instructions and the emulator agree on every
/// bit, however a prompt is cut.
/// </summary>
public sealed class DecoderTests
{
    private static readonly string[] Devices = ["emulator-2", "emulator-portable", "emulator-avx2", "interpreter"];

    public static TheoryData<string> Names() => new(DecoderFamilies.Small.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_family_runs_bit_exactly_under_every_mapping(string family)
    {
        DecoderSettings settings = DecoderFamilies.Small[family];
        AssertRuns(
            settings, RandomModelTests.Machine("3,2"), new MappingOptions { PrefillTokens = 9, GateRows = 16, HeadRows = 32 }, Devices);
        AssertRuns(
            settings, RandomModelTests.Machine("2,1,1"),
            new MappingOptions { Attention = AttentionDivision.Keys, DecodeGather = GatherForm.Codes, DecodeLoops = 1, PrefillGather = GatherForm.Values, PrefillTokens = 16 },
            ["emulator-2", "interpreter"]);
        AssertRuns(
            settings, RandomModelTests.Machine("2,2"), new MappingOptions { Attention = AttentionDivision.Heads, PrefillLoops = 1, AheadPercent = 60 }, ["emulator-1"]);
    }

    public static TheoryData<string> Checkpoints() => new(FamilyCheckpoints.All.Keys);

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Every_family_s_checkpoint_is_compiled_and_runs_bit_exactly(string family)
    {
        using TemporaryFolder folder = new();
        FamilyCheckpoints.All[family]().Write(folder.Root, 5);
        using CompiledModel model = new(folder.Root, RandomModelTests.Machine("3,2"), RandomModelTests.Mixed, maxTokens: 16, contextLength: 64);
        Assert.Empty(ScheduleVerifier.Verify(model.Schedule));
        RandomModelTests.AssertRuns(model, 24, [11, 1, 5], ["emulator-2", "interpreter"]);
    }

    [Fact]
    public void Decoders_that_have_any_of_it_run_bit_exactly()
    {
        // What was drawn is in the message, so that a failure can be looked at alone.
        for (ulong seed = 1; seed <= 60; seed++)
        {
            RandomNumbers random = new(seed);
            DecoderSettings settings = Drawn(random);
            bool isLarge = seed % 15 == 0;
            Geometry machine = isLarge ? SharedModel.U280 : RandomModelTests.Machine(new[] { "1", "2,1", "2,2", "1,3,2" }[random.Below(4)]);
            try
            {
                AssertRuns(settings, machine, RandomModelTests.Choices(seed), [seed % 2 == 0 ? "emulator-2" : "emulator-portable", "interpreter"], seed, 18, seed % 3 == 0 ? 4 : 8);
            }
            catch (Exception e) when (e is not Xunit.Sdk.FailException)
            {
                Assert.Fail($"seed {seed}: {settings}: {e.Message}");
            }
        }
    }

    // Sizes that divide by nothing, and every feature as if by the toss of a coin.
    private static DecoderSettings Drawn(RandomNumbers random)
    {
        bool Coin() => random.Below(2) == 0;
        int kvHeads = random.Within(1, 3), headDim = 2 * random.Within(3, 12), rotated = 2 * random.Within(1, headDim / 2);
        RotaryAngles whole = new(10000, headDim);
        RotaryAngles part = new(5000, rotated, Coin() ? [.. Enumerable.Range(0, rotated / 2).Select(i => 1 + (0.75 * i))] : null, Coin() ? 1.25 : 1);
        bool isLearned = random.Below(3) == 0, isParallel = random.Below(3) == 0, isPostNorm = !isParallel && random.Below(6) == 0;
        return new DecoderSettings
        {
            Hidden = random.Within(30, 150), Intermediate = random.Within(20, 120), Layers = random.Within(1, 3), Heads = kvHeads * random.Within(1, 3),
            KvHeads = kvHeads, HeadDim = headDim, Vocabulary = random.Within(20, 120), Context = 24 + random.Below(30),
            IsLayerNorm = Coin(), HasNormBias = Coin(), HasHeadNorms = Coin(), HasPostNorms = !isParallel && !isPostNorm && Coin(), IsPostNorm = isPostNorm,
            HasEmbeddingNorm = random.Below(4) == 0, IsParallel = isParallel, SharesNorm = Coin(), AddsBranchesFirst = Coin(),
            HasProjectionBias = Coin(), HasOutputBias = Coin(), HasFeedForwardBias = Coin(), HasHeadBias = Coin(), IsGated = Coin(),
            Function = Enum.GetValues<ActivationFunction>()[random.Below(5)], IsTied = Coin(), EmbeddingScale = Coin() ? 1 : 3.5f,
            PositionOffset = isLearned ? random.Below(3) : null,
            Rotary = random.Below(4) switch { 0 => [part], 1 => [whole, part], 2 => [null, whole], _ => null },
            Windows = Coin() ? [0] : [random.Within(1, 20), 0], Scale = Coin() ? null : 0.3f, Cap = Coin() ? 0 : 2.5f, LogitCap = Coin() ? 0 : 1.5f,
        };
    }

    private static void AssertRuns(
        DecoderSettings settings, Geometry machine, MappingOptions options, IReadOnlyList<string> devices, ulong seed = 3, int length = 26, int cacheBits = 8)
    {
        RandomDecoder decoder = new(settings, seed);
        using CompiledModel model = new(decoder.Graph, decoder, machine, RandomModelTests.Mixed, options: options, cacheBits: cacheBits);
        Assert.Empty(ScheduleVerifier.Verify(model.Schedule));
        string text = ScheduleText.Print(model.Schedule);
        Assert.Equal(text, ScheduleText.Print(ScheduleText.Parse(text, "text")));
        RandomModelTests.AssertRuns(model, length, [Math.Min(9, model.Schedule.MaxTokens), 1, 5], devices);
    }
}
