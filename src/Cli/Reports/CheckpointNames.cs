using Flightc.Container;
using Flightc.Models;

namespace Flightc.Cli.Reports;

/// <summary>What the tensors of an image's model are called in checkpoints: an image has roles only.</summary>
internal static class CheckpointNames
{
    private const string Head = "head.weight";

    /// <summary>Names by role, the most usual ones; none for an architecture that is not known.</summary>
    public static Dictionary<string, string> Of(ImageManifest manifest)
    {
        IReadOnlyDictionary<string, double> numbers = manifest.Model.Numbers;
        int Number(string name) => numbers.TryGetValue(name, out double value) && value is >= 1 and <= int.MaxValue ? (int)value : 0;
        int layers = Number("layers");

        // The manifest may be hostile: no more layers than its weights have.
        if (!ModelConfig.SupportedArchitectures.Contains(manifest.Model.Architecture) || layers > manifest.Weights.Count)
        {
            return [];
        }

        ModelConfig config = new()
        {
            Architecture = manifest.Model.Architecture,
            VocabularySize = Number("vocabulary_size"),
            HiddenSize = Number("hidden_size"),
            IntermediateSize = Number("intermediate_size"),
            LayerCount = layers,
            HeadCount = Number("heads"),
            KeyValueHeadCount = Number("kv_heads"),
            HeadSize = Number("head_dim"),
            NormEpsilon = 0,
            RopeTheta = 1,
            MaxPositions = manifest.ContextLength,
            TiesEmbeddings = manifest.Weights.All(w => w.Role != Head),
            BosTokenId = null,
            EosTokenIds = [],
        };
        ModelFamily family = config.Family;
        IReadOnlyDictionary<string, TensorPlace> places = family.Places(config);
        return manifest.Weights.Where(w => ModelFamily.HasPlace(places, w.Role)).ToDictionary(
            w => w.Role, w => family.RoleOf(config, places, w.Role, w.Shape).Names[0], StringComparer.Ordinal);
    }
}
