namespace Flightc.Tokenizers;

/// <summary>Reads the <c>normalizer</c> of a tokenizer file.</summary>
internal static class NormalizerReader
{
    private const string Known = "Sequence, Prepend, Replace, NFC, NFD, Lowercase, Strip and Precompiled";
    private const int MaximumPattern = 256;
    private const int MaximumContent = 16;
    // Characters of base64. The maps in use have about 300,000.
    private const int MaximumMap = 1 << 24;

    public static INormalizer Read(JsonPart part, string location) =>
        new NormalizerSequence([.. ComponentList.Flatten(part, "normalizers").Select(item => ReadOne(item, location))], location);

    private static INormalizer ReadOne(JsonPart part, string location) => part.Kind switch
    {
        "Prepend" => new PrependNormalizer(ComponentList.Literal(part["prepend"], MaximumContent, mayBeEmpty: true)),
        "Replace" => ReadReplace(part),
        "NFC" => new CanonicalNormalizer(compose: true),
        "NFD" => new CanonicalNormalizer(compose: false),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(part["strip_left"].FlagOr(true), part["strip_right"].FlagOr(true)),
        // Checkpoints whose model needs no map have the component without one.
        "Precompiled" => part["precompiled_charsmap"] is { IsNull: false } map && map.Text().Length > 0
            ? new CharacterMapNormalizer(ReadMap(map, location))
            : new NormalizerSequence([], location),
        _ => throw part.Unknown("normalizer", Known),
    };

    private static INormalizer ReadReplace(JsonPart part)
    {
        string content = ComponentList.Literal(part["content"], MaximumContent, mayBeEmpty: true);
        JsonPart pattern = part["pattern"];
        return !pattern["Regex"].IsNull && SpaceRunNormalizer.Find(pattern["Regex"].Text()) is SpaceRun run
            ? new SpaceRunNormalizer(run, content)
            : new ReplaceNormalizer(ComponentList.LiteralPattern(pattern, MaximumPattern), content);
    }

    private static CharacterMap ReadMap(JsonPart part, string location)
    {
        string text = part.Text();
        if (text.Length > MaximumMap)
        {
            throw part.Invalid($"has {text.Length} characters, more than {MaximumMap}");
        }

        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int count)
            ? new CharacterMap(bytes.AsSpan(0, count), location)
            : throw part.Invalid("is not base64");
    }
}
