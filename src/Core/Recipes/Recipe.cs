using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Recipes;

/// <summary>What is to become of a model's weights: wishes only. The machine is a target's business.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Description">When to use it, for people.</param>
/// <param name="Weights">Format of the layers' matrices.</param>
/// <param name="Embedding">Format of the token embedding; dense.</param>
/// <param name="Head">Format of the output matrix, and of a matrix that is both embedding and head.</param>
/// <param name="Rules">Exceptions for the layers' matrices and the head; the last one that covers a role
/// counts.</param>
/// <remarks>Activations are INT8: <c>activations</c> of the file says so, and can say nothing else.</remarks>
public sealed record Recipe(
    string Name, string Description, QuantizedFormat Weights, QuantizedFormat Embedding, QuantizedFormat Head,
    IReadOnlyList<WeightRule> Rules)
{
    /// <summary>What attention sees of a prompt; everything where the file says nothing.</summary>
    public AttentionWish Attention { get; init; } = AttentionWish.Full;

    /// <summary>The recipe of those who name none.</summary>
    public const string Default = "w4";

    /// <summary>Width of the KV cache's codes: 8 or 4.</summary>
    public int CacheBits { get; init; } = 8;

    /// <summary>How weights are brought into their formats.</summary>
    public CompressionWishes Compression { get; init; } = CompressionWishes.WithoutData;

    /// <summary>The format in which a matrix is stored.</summary>
    /// <param name="role">Its name by role, such as <c>layers.3.mlp.down.weight</c>.</param>
    /// <param name="isEmbedding">Whether tokens are looked up in it.</param>
    /// <param name="isHead">Whether logits are made with it. A matrix can be both: then it is the head.</param>
    public QuantizedFormat FormatOf(string role, bool isEmbedding = false, bool isHead = false)
    {
        if (isEmbedding && !isHead)
        {
            return Embedding;
        }

        return Rules.LastOrDefault(rule => rule.Covers(role))?.Format ?? (isHead ? Head : Weights);
    }

    /// <summary>
    /// Reports each rule that covers none of a model's matrices: it is a slip of the pen, or meant for
    /// another model.
    /// </summary>
    /// <param name="roles">The roles of all matrices to which rules apply.</param>
    /// <param name="bag">Receives warnings (FLC1204).</param>
    public void ReportIdleRules(IReadOnlyCollection<string> roles, DiagnosticBag bag)
    {
        foreach (WeightRule rule in Rules.Where(rule => !roles.Any(rule.Covers)))
        {
            string example = roles.Count == 0 ? "" : $"the weights are called '{roles.First()}' and the like";
            bag.Warning(
                Codes.SettingsValue,
                $"'{Excerpt.Of(rule.Match)}' in the recipe '{Name}' matches no weight of this model", "",
                example);
        }
    }
}
