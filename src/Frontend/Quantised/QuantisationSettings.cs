using Flightc.Diagnostics;

namespace Flightc.Quantised;

/// <summary>What a checkpoint's configuration says of its stored codes.</summary>
/// <param name="Method">The layout.</param>
public sealed record QuantisationSettings(QuantisationMethod Method)
{
    private const int MostPatterns = 1024;
    private const int MostSlowPatterns = 16;

    /// <summary>Bits of a code where no override says otherwise; 0 where the layout tells itself.</summary>
    public int Bits { get; init; }

    /// <summary>Inputs that share a scale; 0 for all of a row, or where the tensors tell.</summary>
    public int GroupSize { get; init; }

    /// <summary>What is added to stored zero points: 1 in GPTQ's first format.</summary>
    public int ZeroOffset { get; init; }

    /// <summary>Whether zero points are stored: then a module without them is damaged.</summary>
    public bool HasZeros { get; init; }

    /// <summary>Rows and columns of a block that shares a scale; 0 where the tensors tell.</summary>
    public (int Rows, int Columns) Block { get; init; }

    /// <summary>Other bits and group sizes for modules whose name matches, in order; the first that matches counts.</summary>
    public IReadOnlyList<ModuleOverride> Overrides { get; init; } = [];

    /// <summary>The name of the format, for messages.</summary>
    public string FormatName { get; init; } = "";

    /// <summary>Reports overrides that would take too long to match: the files they come from may be anyone's.</summary>
    /// <param name="location">Where they stand.</param>
    /// <param name="bag">Receives <see cref="Codes.ConfigInvalid"/>.</param>
    /// <returns>These settings, or null where it was reported.</returns>
    internal QuantisationSettings? Bounded(string location, DiagnosticBag bag)
    {
        int patterns = Overrides.Count(o => o.Pattern.IsRegex), slow = Overrides.Count(o => o.Pattern.Backtracks);
        if (patterns <= MostPatterns && slow <= MostSlowPatterns)
        {
            return this;
        }

        bag.Error(
            Codes.ConfigInvalid,
            slow > MostSlowPatterns
                ? $"'quantization_config' has {slow} patterns that look ahead or refer back; at most {MostSlowPatterns} are matched"
                : $"'quantization_config' has {patterns} patterns; at most {MostPatterns} are matched",
            location, "write fewer patterns that match more modules, or name modules in full");
        return null;
    }

    /// <summary>Bits of a module, its group size, and the rows of a block that shares a scale, the latter two 0 where the tensors tell.</summary>
    /// <param name="module">Its name in the checkpoint, such as <c>model.layers.0.mlp.down_proj</c>.</param>
    public (int Bits, int GroupSize, int BlockRows) Of(string module) => Overrides.FirstOrDefault(o => o.Pattern.Matches(module)) is { } found
        ? (found.Bits ?? Bits, found.GroupSize ?? GroupSize, found.BlockRows) : (Bits, GroupSize, 0);
}

/// <summary>What is special about some modules.</summary>
/// <param name="Pattern">Which ones.</param>
/// <param name="Bits">Bits of a code; null where they are those of all.</param>
/// <param name="GroupSize">Inputs that share a scale; null where they are as many as in all.</param>
/// <param name="BlockRows">Outputs that share a scale; 0 where the tensors tell.</param>
public sealed record ModuleOverride(ModulePattern Pattern, int? Bits, int? GroupSize, int BlockRows = 0);
