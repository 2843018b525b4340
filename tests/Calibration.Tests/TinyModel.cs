using System.Security.Cryptography;
using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Tests;

/// <summary>A seeded random model of the LLaMA family in memory, whose weights a test can change.</summary>
internal sealed class TinyModel : IWeights
{
    public const int Hidden = 12;
    public const int Vocabulary = 29;

    private readonly Dictionary<string, float[]> _data = new(StringComparer.Ordinal);

    public TinyModel(ulong seed = 1, int layers = 2, bool isTied = true, int scale = 1)
    {
        ModelConfig config = new()
        {
            Architecture = "LlamaForCausalLM", VocabularySize = Vocabulary, HiddenSize = Hidden * scale, IntermediateSize = 20 * scale, LayerCount = layers,
            HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 4 * scale, NormEpsilon = 1e-5, RopeTheta = 10000, MaxPositions = 64,
            TiesEmbeddings = isTied, BosTokenId = 0, EosTokenIds = [],
        };
        RandomNumbers random = new(seed);
        Dictionary<string, Weight> weights = new(StringComparer.Ordinal);
        foreach (TensorRole role in DecoderGraph.Roles(config))
        {
            weights.Add(role.Role, new Weight(role.Role, new TensorType(ElementType.F32, [.. role.Shape.Select(d => new Dim(d))])));
            float[] data = random.Floats((int)role.Shape.Aggregate(1L, (product, size) => product * size), role.Shape.Count == 1 ? 0.3f : 0.9f / scale);
            if (role.Shape.Count == 1)
            {
                data = [.. data.Select(value => 1 + value)];
            }

            _data.Add(role.Role, data);
        }

        Graph = DecoderGraph.Build(config, weights);
    }

    public Graph Graph { get; }

    public bool HasData => true;

    /// <summary>The data of a weight, to be read or changed.</summary>
    public float[] this[string role] => _data[role];

    public void Read(string name, long start, Span<float> destination) =>
        _data[name].AsSpan((int)start, destination.Length).CopyTo(destination);

    public string HashOf(string name) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_data[name].AsSpan())));

    /// <summary>Windows of random tokens.</summary>
    public static int[][] Windows(ulong seed, params int[] lengths)
    {
        RandomNumbers random = new(seed);
        return [.. lengths.Select(length => Enumerable.Range(0, length).Select(_ => random.Below(Vocabulary)).ToArray())];
    }
}
