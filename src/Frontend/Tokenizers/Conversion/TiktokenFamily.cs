namespace Flightc.Tokenizers;

/// <summary>
/// What a tiktoken file does not say of its tokenizer. The file's number of ranks tells which it is: these are
/// published facts.
/// </summary>
/// <param name="Name">For messages.</param>
/// <param name="RankCount">Lines of the file.</param>
/// <param name="Words">The word pattern; null for GPT-2's.</param>
/// <param name="Composes">Whether text is brought to NFC.</param>
/// <param name="Begin">The token before every text; null for none.</param>
/// <param name="Special">The control tokens.</param>
internal sealed record TiktokenFamily(
    string Name, int RankCount, string? Words, bool Composes, string? Begin,
    IReadOnlyList<(int Id, string Token)> Special)
{
    private const int Llama3Ranks = 128000;
    private const int Llama3Reserved = 256;
    private const int QwenRanks = 151643;
    private const int QwenExtras = 205;

    /// <summary>All that are known.</summary>
    public static IReadOnlyList<TiktokenFamily> All { get; } =
    [
        new("gpt2", 50256, null, false, null, [(50256, "<|endoftext|>")]),
        new("cl100k_base", 100256, WordPattern.Llama3Words, false, null,
        [
            (100257, "<|endoftext|>"), (100258, "<|fim_prefix|>"), (100259, "<|fim_middle|>"),
            (100260, "<|fim_suffix|>"), (100276, "<|endofprompt|>"),
        ]),
        new("LLaMA 3", Llama3Ranks, WordPattern.Llama3Words, false, "<|begin_of_text|>", Llama3Special()),
        new("Qwen", QwenRanks, WordPattern.Qwen2Words, true, null, QwenSpecial()),
        new("o200k_base", 199998, WordPattern.O200kWords, false, null,
            [(199999, "<|endoftext|>"), (200018, "<|endofprompt|>")]),
    ];

    /// <summary>The family of a file; null for one that is not known.</summary>
    public static TiktokenFamily? Find(int rankCount) => All.FirstOrDefault(family => family.RankCount == rankCount);

    private static List<(int, string)> Llama3Special()
    {
        List<string> names =
        [
            "<|begin_of_text|>", "<|end_of_text|>", .. Reserved(0, 4), "<|start_header_id|>", "<|end_header_id|>",
            .. Reserved(4, 1), "<|eot_id|>",
        ];
        names.AddRange(Reserved(5, Llama3Reserved - names.Count));
        return [.. names.Select((name, index) => (Llama3Ranks + index, name))];

        static IEnumerable<string> Reserved(int first, int count) =>
            Enumerable.Range(first, count).Select(number => $"<|reserved_special_token_{number}|>");
    }

    private static List<(int, string)> QwenSpecial()
    {
        string[] names =
        [
            "<|endoftext|>", "<|im_start|>", "<|im_end|>",
            .. Enumerable.Range(0, QwenExtras).Select(number => $"<|extra_{number}|>"),
        ];
        return [.. names.Select((name, index) => (QwenRanks + index, name))];
    }
}
