namespace Flightc.Tokenizers;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer file.</summary>
internal static class PreTokenizerReader
{
    private const string Known = "Sequence, ByteLevel, Metaspace, Split and Digits";
    private const int MaximumPattern = 256;

    public static IPreTokenizer Read(JsonPart part) =>
        new PreTokenizerSequence([.. ComponentList.Flatten(part, "pretokenizers").Select(ReadOne)]);

    private static IPreTokenizer ReadOne(JsonPart part) => part.Kind switch
    {
        "ByteLevel" =>
            new ByteLevelPreTokenizer(part["add_prefix_space"].FlagOr(true), part["use_regex"].FlagOr(true)),
        "Metaspace" => new MetaspacePreTokenizer(
            ComponentList.Character(part["replacement"]), ReadScheme(part), part["split"].FlagOr(true)),
        "Split" => ReadSplit(part),
        "Digits" => new DigitsPreTokenizer(part["individual_digits"].FlagOr(false)),
        _ => throw part.Unknown("pre-tokenizer", Known),
    };

    /// <summary>
    /// The scheme of a Metaspace component; older files say <c>add_prefix_space</c> instead.
    /// </summary>
    public static PrependScheme ReadScheme(JsonPart part)
    {
        string fallback = part["add_prefix_space"].FlagOr(true) ? "always" : "never";
        return part["prepend_scheme"].TextOr(fallback) switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            string other => throw part["prepend_scheme"].Invalid($"is '{other}', wanted always, first or never"),
            null => PrependScheme.Always,
        };
    }

    private static IPreTokenizer ReadSplit(JsonPart part)
    {
        bool isInverted = part["invert"].FlagOr(false);
        string behavior = part["behavior"].Text();
        JsonPart pattern = part["pattern"];
        if (!pattern["Regex"].IsNull && WordPattern.Find(pattern["Regex"].Text()) is WordPattern known)
        {
            // These patterns leave nothing between two matches, so both spellings keep exactly the matches.
            return behavior == "Isolated" || (behavior == "Removed" && isInverted)
                ? new PatternPreTokenizer(known)
                : throw part.Invalid($"has the behavior '{behavior}', wanted Isolated for this pattern");
        }

        if (isInverted)
        {
            throw part["invert"].Invalid(
                "is true, which is supported for the published word patterns only");
        }

        return new DelimiterPreTokenizer(ComponentList.LiteralPattern(pattern, MaximumPattern), behavior switch
        {
            "Removed" => DelimiterBehavior.Removed,
            "Isolated" => DelimiterBehavior.Isolated,
            "MergedWithPrevious" => DelimiterBehavior.MergedWithPrevious,
            "MergedWithNext" => DelimiterBehavior.MergedWithNext,
            _ => throw part["behavior"].Invalid(
                $"is '{behavior}', wanted Removed, Isolated, MergedWithPrevious or MergedWithNext"),
        });
    }
}
