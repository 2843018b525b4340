using Flightc.IR;

namespace Flightc.Passes.Migration;

/// <summary>
/// Rotates the values of attention: the rows of a KV head's value matrix by an orthogonal Q, and the columns of the output matrix that read
/// the query heads that share it back: <c>o · mix(v) = (o·Qᵀ) · mix(Q·v)</c>, since attention mixes tokens and not features.
/// </summary>
/// <remarks>As QuaRot does with values (S. Ashkboos et al., 2024, arXiv 2404.00456): what is stored of a token and head has no feature that
/// is much larger than the others, and neither has what the output matrix reads.</remarks>
internal static class ValueRotation
{
    /// <summary>The changes of all layers, by role.</summary>
    /// <param name="graph">A valid one.</param>
    /// <param name="seed">Of the rotations; every layer and head has its own.</param>
    /// <exception cref="Diagnostics.CompilationException">A head cannot be rotated (FLC2003).</exception>
    public static IReadOnlyDictionary<string, WeightChange> Of(Graph graph, ulong seed)
    {
        RandomBits seeds = new(seed);
        Biases biases = new(graph);
        Dictionary<string, WeightChange> changes = new(StringComparer.Ordinal);
        foreach (MigrationSite site in MigrationSites.Of(graph).Where(s => s.IsAttention))
        {
            OrthogonalMatrix[] heads = [.. Enumerable.Range(0, site.KvHeads).Select(_ => new OrthogonalMatrix(site.HeadDim, seeds.Next(), site.Maker))];
            biases.Change(changes, site.Maker, new BlockRotation(heads));
            BlockRotation columns = new([.. Enumerable.Range(0, site.Heads).Select(h => heads[h / (site.Heads / site.KvHeads)])]);
            foreach (string reader in site.Readers)
            {
                changes.Add(reader, new WeightChange(Columns: columns));
            }
        }

        return changes;
    }
}
