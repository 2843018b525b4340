using Flightc.IR;
using Flightc.Isa;
using Flightc.Numerics;
using Flightc.Passes.Tiling;
using Flightc.Reference;
using Flightc.Runtime.Devices;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>
/// Decoders of every form, on seeded random weights: the Graph's interpreter, the interpreter of instructions and the emulator agree on every
/// bit, however a prompt is cut.
/// </summary>
public sealed class DecoderTests
{
    private static readonly DecoderSettings Gpt = new()
    {
        IsLayerNorm = true, HasProjectionBias = true, HasOutputBias = true, HasFeedForwardBias = true, KvHeads = 4, IsGated = false,
        Function = ActivationFunction.GeluTanh, IsTied = true, PositionOffset = 0,
    };

    private static readonly DecoderSettings Gemma = new()
    {
        HeadDim = 24, EmbeddingScale = MathF.Sqrt(72), HasPostNorms = true, Function = ActivationFunction.GeluTanh, IsTied = true, Scale = 0.25f, Cap = 3,
        LogitCap = 2, Windows = [5, 0],
    };

    private static readonly DecoderSettings Phi = new()
    {
        IsLayerNorm = true, IsParallel = true, SharesNorm = true, HasProjectionBias = true, HasOutputBias = true, HasFeedForwardBias = true,
        HasHeadBias = true, KvHeads = 4, IsGated = false, Function = ActivationFunction.GeluTanh, Rotary = [new RotaryAngles(10000, 8)],
    };

    /// <summary>The families, and what each of them has that others have not.</summary>
    private static readonly Dictionary<string, DecoderSettings> Families = new(StringComparer.Ordinal)
    {
        ["llama"] = new(),
        ["mistral"] = new() { Windows = [7] },
        ["qwen2"] = new() { HasProjectionBias = true, IsTied = true },
        ["qwen3"] = new() { HasHeadNorms = true, HeadDim = 26 },
        ["phi3"] = new() { KvHeads = 4, Rotary = [new RotaryAngles(10000, 12, [1, 1, 1.5, 2, 3, 4.25], 1.19)] },
        ["phi2"] = Phi,
        ["neox"] = Phi with { SharesNorm = false, HasHeadBias = false, Function = ActivationFunction.Gelu },
        ["neox summed"] = Phi with { SharesNorm = false, AddsBranchesFirst = true, HasHeadBias = false },
        ["cohere"] = Phi with { HasNormBias = false, HasHeadBias = false, IsGated = true, Function = ActivationFunction.Silu, KvHeads = 2, HasProjectionBias = false, HasOutputBias = false, HasFeedForwardBias = false },
        ["gemma"] = Gemma with { HasPostNorms = false, Cap = 0, LogitCap = 0, Windows = [0], Scale = null },
        ["gemma2"] = Gemma,
        ["gemma3"] = Gemma with
        {
            Layers = 3, HasHeadNorms = true, Cap = 0, LogitCap = 0, Windows = [5, 5, 0],
            Rotary = [new RotaryAngles(10000, 24), new RotaryAngles(10000, 24), new RotaryAngles(1000000, 24, Enumerable.Repeat(8.0, 12).ToArray())],
        },
        ["opt"] = Gpt with { Function = ActivationFunction.Relu, PositionOffset = 2 },
        ["opt-350m"] = Gpt with { Function = ActivationFunction.Relu, PositionOffset = 2, IsPostNorm = true },
        ["gpt2"] = Gpt,
        ["bloom"] = Gpt with { PositionOffset = null, HasEmbeddingNorm = true },
        ["starcoder2"] = Gpt with { PositionOffset = null, KvHeads = 2, Windows = [9] },
        ["smollm3"] = new() { Layers = 4, Rotary = [new RotaryAngles(10000, 20), null] },
        ["llama with biases"] = new() { HasProjectionBias = true, HasOutputBias = true, HasFeedForwardBias = true },
        ["quick"] = new() { Function = ActivationFunction.QuickGelu, IsGated = false },
    };

    public static TheoryData<string> Names() => new(Families.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_family_runs_bit_exactly_under_every_mapping(string family)
    {
        DecoderSettings settings = Families[family];
        AssertRuns(settings, "3,2", new MappingOptions { PrefillTokens = 9, GateRows = 16, HeadRows = 32 });
        AssertRuns(
            settings, "2,1,1",
            new MappingOptions { Attention = AttentionDivision.Keys, DecodeGather = GatherForm.Codes, DecodeLoops = 1, PrefillGather = GatherForm.Values, PrefillTokens = 16 });
        AssertRuns(settings, "2,2", new MappingOptions { Attention = AttentionDivision.Heads, PrefillLoops = 1, AheadPercent = 60 });
    }

    private static void AssertRuns(DecoderSettings settings, string cores, MappingOptions options, ulong seed = 3)
    {
        RandomDecoder decoder = new(settings, seed);
        using CompiledModel model = new(decoder.Graph, decoder, RandomModelTests.Machine(cores), RandomModelTests.Mixed, options: options);
        Assert.Empty(ScheduleVerifier.Verify(model.Schedule));
        string text = ScheduleText.Print(model.Schedule);
        Assert.Equal(text, ScheduleText.Print(ScheduleText.Parse(text, "text")));
        RandomModelTests.AssertRuns(model, 30, [9, 1, 5]);
    }
}
