using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>Finds the tensor behind every role of an architecture.</summary>
internal static class TensorBinding
{
    // A longer vector is not looked at for being 0.
    private const long LongestBias = 1 << 20;

    // More of one kind tell a user nothing new.
    private const int MostReported = 50;

    // Buffers that exports store: angles and masks, which follow from the configuration.
    private static readonly string[] Buffers = ["rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"];

    /// <summary>
    /// Tensors by role; reports what is missing, has another shape or type (errors) and what is left over
    /// (warnings).
    /// </summary>
    /// <param name="roles">What the architecture needs.</param>
    /// <param name="catalog">What there is.</param>
    /// <param name="ignored">Beginnings of names of tensors that belong to other parts of the model.</param>
    /// <param name="bag">Told all of it.</param>
    public static Dictionary<string, BoundTensor> Bind(
        IReadOnlyList<TensorRole> roles, ITensorCatalog catalog, IReadOnlyList<string> ignored, DiagnosticBag bag)
    {
        HashSet<string> names = new(catalog.Names, StringComparer.Ordinal);
        Dictionary<string, BoundTensor> bound = new(StringComparer.Ordinal);
        HashSet<string> used = new(StringComparer.Ordinal);
        HashSet<string> faulty = new(StringComparer.Ordinal);
        List<TensorRole> missing = [];
        foreach (TensorRole role in roles)
        {
            if (role.Names.FirstOrDefault(names.Contains) is not { } name)
            {
                missing.Add(role);
                continue;
            }

            // Several weights may be rows of one tensor: one fault is enough.
            used.Add(name);
            if (!faulty.Contains(name) && catalog.Find(name, bag) is { } source && HasShape(role, source, bag))
            {
                bound.Add(role.Role, new BoundTensor(source, role.Shape, role.Transform));
            }
            else
            {
                faulty.Add(name);
            }
        }

        ReportMissing(missing, catalog, bag);
        ReportUnknown([.. catalog.Names.Where(name => !used.Contains(name) && !IsBuffer(name) && !IsIgnored(name, ignored))], catalog, bag);
        return bound;
    }

    private static bool HasShape(TensorRole role, ITensorSource tensor, DiagnosticBag bag)
    {
        IReadOnlyList<long> wanted = role.Transform.StoredShape(role.Shape);
        if (tensor.Shape.SequenceEqual(wanted))
        {
            return true;
        }

        bag.Error(
            Codes.TensorShapeMismatch,
            $"the tensor '{Excerpt.Of(tensor.Name)}' has the shape [{string.Join(',', tensor.Shape)}]; [{string.Join(',', wanted)}] is wanted, from config.json",
            tensor.Location,
            "config.json and the weights are of different models, or versions");
        return false;
    }

    private static void ReportMissing(List<TensorRole> missing, ITensorCatalog catalog, DiagnosticBag bag)
    {
        TensorRole[] distinct = [.. missing.DistinctBy(role => role.Names[0])];
        foreach (TensorRole role in distinct.Take(MostReported))
        {
            bag.Error(
                Codes.TensorMissing,
                $"the tensor '{role.Names[0]}' [{string.Join(',', role.Transform.StoredShape(role.Shape))}] is missing",
                catalog.Location,
                role.Role == "head.weight"
                    ? "where the head is the embedding, config.json says \"tie_word_embeddings\": true"
                    : "");
        }

        if (distinct.Length > MostReported)
        {
            bag.Error(Codes.TensorMissing, $"{distinct.Length - MostReported} more tensors are missing", catalog.Location);
        }
    }

    private static bool IsZero(string name, ITensorCatalog catalog)
    {
        if (catalog.Find(name, new DiagnosticBag()) is not { Shape: [<= LongestBias and var size] } source)
        {
            return false;
        }

        float[] values = new float[size];
        source.ReadFloats(0, values);
        return !values.AsSpan().ContainsAnyExcept(0f);
    }

    private static bool IsBuffer(string name) => Buffers.Any(buffer => name.EndsWith(buffer, StringComparison.Ordinal));

    private static bool IsIgnored(string name, IReadOnlyList<string> ignored) =>
        ignored.Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal));

    private static void ReportUnknown(IReadOnlyList<string> unknown, ITensorCatalog catalog, DiagnosticBag bag)
    {
        // Some quantisers give every module a bias: adding 0 changes nothing.
        string[] zeros = [.. unknown.Where(name => name.EndsWith(".bias", StringComparison.Ordinal) && IsZero(name, catalog))];
        if (zeros.Length > 0)
        {
            bag.Note(Codes.ModelNote, $"{zeros.Length} biases that the model does not have, '{Excerpt.Of(zeros[0])}' first, are 0 throughout and left out", catalog.Location);
            unknown = [.. unknown.Except(zeros)];
        }

        foreach (string name in unknown.Take(MostReported))
        {
            bag.Warning(
                Codes.TensorUnknown, $"the tensor '{Excerpt.Of(name)}' has no place in the model and is not used", catalog.Location);
        }

        if (unknown.Count > MostReported)
        {
            bag.Warning(Codes.TensorUnknown, $"{unknown.Count - MostReported} more tensors are not used", catalog.Location);
        }
    }
}
