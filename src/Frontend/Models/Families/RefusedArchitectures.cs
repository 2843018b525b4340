namespace Flightc.Models;

/// <summary>Architectures that are known and cannot be compiled: why, and what to do.</summary>
internal static class RefusedArchitectures
{
    private const string Experts = "a mixture of experts, whose tokens take different ways";
    private const string Seeing = "a model that sees or hears";
    private const string Encoder = "an encoder, which generates no text";
    private const string Recurrent = "a state-space or recurrent model";
    private const string TakeDense = "take a dense model of the same makers";
    private const string TakeText = "take the language model alone, where its makers published it";
    private const string TakeDecoder = "take a decoder: a model that continues a text";

    // Parts of names of architectures and types; the first that fits counts.
    private static readonly (string Part, string What, string Advice)[] Known =
    [
        ("Moe", Experts, TakeDense), ("MoE", Experts, TakeDense), ("Mixtral", Experts, TakeDense), ("DeepseekV", Experts, "take a distilled model, which is a Qwen2 or a LLaMA"),
        ("GptOss", Experts, TakeDense), ("Dbrx", Experts, TakeDense), ("Llama4", Experts, "take LLaMA 3"), ("Grok", Experts, TakeDense),
        ("Jamba", Experts, TakeDense), ("Arctic", Experts, TakeDense),
        ("Mamba", Recurrent, "take a model with attention"), ("Rwkv", Recurrent, "take a model with attention"),
        ("RecurrentGemma", Recurrent, "take Gemma 2"), ("Lfm2", Recurrent, "take a model with attention"),
        ("Gemma3n", Seeing, "take Gemma 3"), ("ConditionalGeneration", Seeing, TakeText), ("Llava", Seeing, TakeText), ("VL", Seeing, TakeText),
        ("Vision", Seeing, TakeText), ("Multimodal", Seeing, TakeText), ("Audio", Seeing, TakeText), ("Whisper", Seeing, TakeText),
        ("4MM", Seeing, TakeText), ("Idefics", Seeing, TakeText),
        ("MaskedLM", Encoder, TakeDecoder), ("Bert", Encoder, TakeDecoder), ("T5", Encoder, TakeDecoder), ("Bart", Encoder, TakeDecoder),
        ("SequenceClassification", "a classifier", TakeDecoder), ("TokenClassification", "a classifier", TakeDecoder),
        ("QuestionAnswering", "a model that marks answers in a text", TakeDecoder), ("RewardModel", "a model that judges texts", TakeDecoder),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<(string Part, string What, string Advice)> All => Known;

    /// <summary>What an architecture is, and what to do; null where nothing is known of it.</summary>
    /// <param name="architecture">Its name, or a model type.</param>
    public static (string What, string Advice)? Find(string architecture)
    {
        foreach ((string part, string what, string advice) in Known)
        {
            if (architecture.Contains(part, StringComparison.Ordinal) || architecture.Contains(part.ToLowerInvariant(), StringComparison.Ordinal))
            {
                return (what, advice);
            }
        }

        return null;
    }
}
