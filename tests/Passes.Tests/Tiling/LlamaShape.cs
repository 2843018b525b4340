using System.Globalization;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Passes;

namespace Flightc.Tests.Tiling;

/// <summary>A decoder of the LLaMA family by its sizes, quantised, without data.</summary>
internal sealed record LlamaShape(int Layers, int Hidden, int Intermediate, int Heads, int KvHeads, int Vocabulary, int Context = 2048)
{
    /// <summary>LLaMA 7B: 32 heads of 128.</summary>
    public static LlamaShape Seven { get; } = new(32, 4096, 11008, 32, 32, 32000);

    public int HeadDim { get; init; } = Hidden / Heads;

    public QuantizedFormat FormatOf(string weight) => new(weight is "embed.weight" or "head.weight" ? 8 : 4, 128);

    public Graph Graph(Func<Weight, QuantizedFormat>? formats = null)
    {
        ModelConfig config = new()
        {
            Architecture = "LlamaForCausalLM", VocabularySize = Vocabulary, HiddenSize = Hidden, IntermediateSize = Intermediate, LayerCount = Layers,
            HeadCount = Heads, KeyValueHeadCount = KvHeads, HeadSize = HeadDim, NormEpsilon = 1e-5, RopeTheta = 10000, MaxPositions = Context,
            TiesEmbeddings = false, BosTokenId = null, EosTokenIds = [],
        };
        Dictionary<string, Weight> weights = DecoderGraph.Roles(config).ToDictionary(
            role => role.Role, role => new Weight(role.Role, new TensorType(ElementType.BF16, [.. role.Shape.Select(size => (Dim)size)])));
        PassContext context = new() { FormatOf = w => w.Type.Shape.Count == 2 ? formats?.Invoke(w) ?? FormatOf(w.Name) : null };
        return Pipeline.Run(DecoderGraph.Build(config, weights), context, new PassObserver());
    }

    /// <summary>A machine whose memories hold everything.</summary>
    public static Geometry Machine(long scratch, params int[] channels)
    {
        List<ChannelRange> cores = [];
        foreach (int count in channels)
        {
            cores.Add(new ChannelRange(cores.Sum(c => c.Count), count));
        }

        return new Geometry("machine", cores, 1L << 30, 1L << 36, scratch, 384 << 10, 128 << 10, 4096);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Hidden}/{Intermediate}/{Heads}/{KvHeads}");
}
