using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Tests;

/// <summary>Families of decoders, small and as published.</summary>
internal static class DecoderFamilies
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
    public static IReadOnlyDictionary<string, DecoderSettings> Small { get; } = new Dictionary<string, DecoderSettings>(StringComparer.Ordinal)
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

    /// <summary>Sizes as published, the longest sequence aside.</summary>
    public static IReadOnlyDictionary<string, DecoderSettings> Published { get; } = new Dictionary<string, DecoderSettings>(StringComparer.Ordinal)
    {
        ["OPT-6.7B"] = Gpt with
        {
            Hidden = 4096, Intermediate = 16384, Layers = 32, Heads = 32, KvHeads = 32, HeadDim = 128, Vocabulary = 50272,
            Function = ActivationFunction.Relu, PositionOffset = 2,
        },
        ["Qwen2.5-1.5B"] = new()
        {
            Hidden = 1536, Intermediate = 8960, Layers = 28, Heads = 12, KvHeads = 2, HeadDim = 128, Vocabulary = 151936,
            HasProjectionBias = true, IsTied = true, Rotary = [new RotaryAngles(1000000, 128)],
        },
        ["Mistral-7B"] = new()
        {
            Hidden = 4096, Intermediate = 14336, Layers = 32, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 32000, Windows = [4096],
        },
        ["Gemma-2-2B"] = Gemma with
        {
            Hidden = 2304, Intermediate = 9216, Layers = 26, Heads = 8, KvHeads = 4, HeadDim = 256, Vocabulary = 256000,
            EmbeddingScale = 48, Scale = null, Cap = 50, LogitCap = 30, Windows = [4096, 0],
        },
        ["Phi-3-mini"] = new()
        {
            Hidden = 3072, Intermediate = 8192, Layers = 32, Heads = 32, KvHeads = 32, HeadDim = 96, Vocabulary = 32064, Windows = [2047],
        },
        ["GPT-2"] = Gpt with { Hidden = 768, Intermediate = 3072, Layers = 12, Heads = 12, KvHeads = 12, HeadDim = 64, Vocabulary = 50257 },
        ["Phi-2"] = Phi with
        {
            Hidden = 2560, Intermediate = 10240, Layers = 32, Heads = 32, KvHeads = 32, HeadDim = 80, Vocabulary = 51200,
            Rotary = [new RotaryAngles(10000, 32)],
        },
        ["Qwen3-0.6B"] = new()
        {
            Hidden = 1024, Intermediate = 3072, Layers = 28, Heads = 16, KvHeads = 8, HeadDim = 128, Vocabulary = 151936, HasHeadNorms = true,
            IsTied = true, Rotary = [new RotaryAngles(1000000, 128)],
        },
    };
}
