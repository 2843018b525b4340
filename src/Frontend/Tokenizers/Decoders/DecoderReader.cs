namespace Flightc.Tokenizers;

/// <summary>Reads the <c>decoder</c> of a tokenizer file.</summary>
internal static class DecoderReader
{
    private const string Known = "Sequence, ByteLevel, ByteFallback, Fuse, Metaspace, Replace and Strip";
    private const int MaximumPattern = 256;
    private const int MaximumContent = 16;
    private const int MaximumStrip = 1024;

    /// <summary>What makes the stages of a new decoding.</summary>
    public static Func<IReadOnlyList<DecoderStage>> Read(JsonPart part)
    {
        if (part.IsNull)
        {
            return () => [new SpaceJoinStage()];
        }

        Func<DecoderStage>[] stages = [.. ComponentList.Flatten(part, "decoders").Select(ReadOne)];
        return () => [.. stages.Select(create => create())];
    }

    private static Func<DecoderStage> ReadOne(JsonPart part)
    {
        switch (part.Kind)
        {
            case "ByteLevel":
                return () => new ByteLevelStage();
            case "ByteFallback":
                return () => new ByteFallbackStage();
            case "Fuse":
                return () => new FuseStage();
            case "Metaspace":
                char mark = ComponentList.Character(part["replacement"]);
                bool dropsLeading = PreTokenizerReader.ReadScheme(part) != PrependScheme.Never;
                return () => new MetaspaceStage(mark, dropsLeading);
            case "Replace":
                string pattern = ComponentList.LiteralPattern(part["pattern"], MaximumPattern);
                string content = ComponentList.Literal(part["content"], MaximumContent, mayBeEmpty: true);
                return () => new ReplaceStage(pattern, content);
            case "Strip":
                char stripped = ComponentList.Character(part["content"]);
                int start = part["start"].Number(MaximumStrip);
                int stop = part["stop"].Number(MaximumStrip);
                return () => new StripStage(stripped, start, stop);
            default:
                throw part.Unknown("decoder", Known);
        }
    }
}
