using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Quantised;

/// <summary>
/// A quantised checkpoint shown as the floats that it stands for: what belongs to the codes of a module disappears, and the module's <c>weight</c> appears.
/// </summary>
/// <remarks>A module is quantised where its tensors are there; which those are the format says. So lists of exceptions need not be read.</remarks>
internal sealed class QuantisedCatalog : ITensorCatalog
{
    // What may stand beside the codes of a module, or beside others: scales of activations and of caches, which are ours to choose.
    private static readonly string[] Hidden =
    [
        ".input_scale", ".input_zero_point", ".input_global_scale", ".output_scale", ".output_zero_point", ".k_scale", ".v_scale", ".q_scale", ".activation_scale",
        ".k_proj.output_scale", ".v_proj.output_scale",
    ];

    private readonly ITensorCatalog _plain;
    private readonly ModuleDecoder _decoder;
    private readonly Dictionary<string, string> _modules = new(StringComparer.Ordinal);
    private readonly HashSet<string> _plainNames;

    /// <param name="checkpoint">Open; stays with the caller.</param>
    /// <param name="plain">Its tensors as they are stored.</param>
    /// <param name="settings">How it is quantised.</param>
    public QuantisedCatalog(HuggingFaceCheckpoint checkpoint, ITensorCatalog plain, QuantisationSettings settings)
    {
        (_plain, FormatName) = (plain, settings.FormatName);
        _decoder = new ModuleDecoder(checkpoint, settings);
        HashSet<string> parts = new(StringComparer.Ordinal);
        foreach (CheckpointTensor tensor in checkpoint.Tensors)
        {
            if (_decoder.ModuleOf(tensor) is { } module)
            {
                _modules.TryAdd($"{module}.weight", module);
                parts.UnionWith(_decoder.PartsOf(module));
            }
        }

        _plainNames = [.. plain.Names.Where(n => !parts.Contains(n) && !Hidden.Any(h => n.EndsWith(h, StringComparison.Ordinal)))];
        Names = [.. _plainNames.Concat(_modules.Keys).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public string Location => _plain.Location;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The name of the format, such as <c>GPTQ</c>.</summary>
    public string FormatName { get; }

    /// <summary>How many matrices are stored as codes.</summary>
    public int QuantisedCount => _modules.Count;

    /// <inheritdoc/>
    public ITensorSource? Find(string name, DiagnosticBag bag) =>
        _modules.TryGetValue(name, out string? module) ? _decoder.Decode(module, name, bag)
        : _plainNames.Contains(name) ? _plain.Find(name, bag) : null;
}
