namespace Flightc.Tokenizers;

/// <summary>Reads the <c>normalizer</c> of a tokenizer file.</summary>
internal static class NormalizerReader
{
    private const string Known = "Sequence, Prepend, Replace, NFC, NFD, Lowercase and Strip";
    private const int MaximumPattern = 256;
    private const int MaximumContent = 16;

    public static INormalizer Read(JsonPart part, string location) =>
        new NormalizerSequence([.. ComponentList.Flatten(part, "normalizers").Select(ReadOne)], location);

    private static INormalizer ReadOne(JsonPart part) => part.Kind switch
    {
        "Prepend" => new PrependNormalizer(ComponentList.Literal(part["prepend"], MaximumContent, mayBeEmpty: true)),
        "Replace" => new ReplaceNormalizer(
            ComponentList.LiteralPattern(part["pattern"], MaximumPattern),
            ComponentList.Literal(part["content"], MaximumContent, mayBeEmpty: true)),
        "NFC" => new CanonicalNormalizer(compose: true),
        "NFD" => new CanonicalNormalizer(compose: false),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(part["strip_left"].FlagOr(true), part["strip_right"].FlagOr(true)),
        _ => throw part.Unknown("normalizer", Known),
    };
}
