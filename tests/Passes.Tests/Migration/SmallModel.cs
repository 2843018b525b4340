using Flightc.Calibration;
using Flightc.IR;
using Flightc.Models;
using Flightc.Recipes;
using Flightc.Reference;

namespace Flightc.Tests.Migration;

/// <summary>A random model of the LLaMA family with features of very different sizes, in memory.</summary>
internal sealed class SmallModel : IWeights
{
    public const int Heads = 4;
    public const int KvHeads = 2;

    private static readonly int[] Ids = [.. Enumerable.Range(0, 48).Select(i => i * 37 % Vocabulary)];

    private readonly Dictionary<string, float[]> _values = new(StringComparer.Ordinal);

    public SmallModel(int hidden = 48, int headSize = 12, bool isTied = false, bool hasConstantNorms = false, int deadFeature = -1)
    {
        ModelConfig config = new()
        {
            Architecture = ModelConfig.SupportedArchitectures[0],
            VocabularySize = Vocabulary,
            HiddenSize = hidden,
            IntermediateSize = 80,
            LayerCount = 2,
            HeadCount = Heads,
            KeyValueHeadCount = KvHeads,
            HeadSize = headSize,
            NormEpsilon = 1e-5,
            RopeTheta = 10000,
            MaxPositions = 64,
            TiesEmbeddings = isTied,
            BosTokenId = 0,
            EosTokenIds = [1],
        };
        RandomNumbers random = new(7);
        Dictionary<string, Weight> weights = new(StringComparer.Ordinal);
        foreach (TensorRole role in DecoderGraph.Roles(config))
        {
            int count = (int)role.Shape.Aggregate(1L, (a, b) => a * b), columns = (int)role.Shape[^1];
            bool isNorm = role.Shape.Count == 1;
            float[] values = random.Floats(count, isNorm ? 0.5f : 1.5f / MathF.Sqrt(columns));
            for (int i = 0; i < count; i++)
            {
                // A few features stick out, as in trained models.
                values[i] = !isNorm ? values[i] : hasConstantNorms ? 0.75f : (i % 11 == 3 ? 6 : 1) + values[i];
                values[i] = isNorm && i == deadFeature ? 0 : values[i];
            }

            _values.Add(role.Role, values);
            weights.Add(role.Role, new Weight(role.Role, new TensorType(ElementType.F32, [.. role.Shape.Select(s => (Dim)s)])));
        }

        Graph = DecoderGraph.Build(config, weights);
    }

    public const int Vocabulary = 96;

    public Graph Graph { get; }

    public bool HasData => true;

    public string HashOf(string name) => "";

    public void Read(string name, long start, Span<float> destination) =>
        _values[name].AsSpan((int)start, destination.Length).CopyTo(destination);

    /// <summary>What calibration finds of this model's graph with some weights.</summary>
    public CalibrationStatistics Calibrate(IWeights weights) =>
        CalibrationRun.Collect(Graph, weights, [Ids, [.. Ids.Reverse()]], new CalibrationOptions { Seed = 3 }, null, CancellationToken.None);

    /// <summary>The logits of a text.</summary>
    public float[][] Logits(IWeights weights)
    {
        FloatExecutor executor = new(Graph, weights, threads: 1);
        return executor.Run(executor.NewSequence(), Ids);
    }

    /// <summary>All of a weight.</summary>
    public float[] ReadAll(IWeights weights, string name)
    {
        float[] values = new float[_values[name].Length];
        weights.Read(name, 0, values);
        return values;
    }

    /// <summary>Wishes that only change weights.</summary>
    public static CompressionWishes Wishes(RotationKind rotation, MigrationMethod migration) =>
        CompressionWishes.WithoutData with { Rotation = rotation, Migration = migration };

    /// <summary>How far two vectors are from each other, as a share of the first's length.</summary>
    public static double Distance(IEnumerable<float> expected, IEnumerable<float> actual)
    {
        double difference = expected.Zip(actual, (x, y) => ((double)x - y) * ((double)x - y)).Sum();
        return Math.Sqrt(difference / expected.Sum(x => (double)x * x));
    }
}
