using Flightc.Cli.Caching;
using Flightc.Runtime.Emulation;

namespace Flightc.Cli.Running;

/// <summary>What a user wants generated. What is null was not given.</summary>
/// <param name="What">Path of an image or a model.</param>
/// <param name="Target">For a model: the machine.</param>
/// <param name="Recipe">For a model: the recipe.</param>
/// <param name="MaxLength">For a model: the most tokens of a sequence.</param>
/// <param name="Prompt">Text; <c>-</c> for standard input.</param>
/// <param name="Ids">Ids, with commas between.</param>
/// <param name="Count">The most tokens to generate.</param>
/// <param name="Temperature">0 for the likeliest token.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">Above 0, at most 1.</param>
/// <param name="Seed">From 0.</param>
/// <param name="Stops">Texts that end the text.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Threads">The most threads.</param>
internal sealed record RunRequest(
    string What, string? Target, string? Recipe, int? MaxLength, string? Prompt, string? Ids, int? Count,
    double? Temperature, int? TopK, double? TopP,
    long? Seed, IReadOnlyList<string> Stops, string Device, int? Threads)
{
    /// <summary>For a model: the most memory to compile it with, in bytes; null for a quarter of the machine's.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>For a model: where results are kept for the next time; null for nowhere.</summary>
    public CacheWishes? Cache { get; init; }

    /// <summary>Whether the prompt is said by a user to a model for conversations.</summary>
    public bool IsChat { get; init; }

    /// <summary>What the model is told before the conversation.</summary>
    public string? System { get; init; }

    /// <summary>A file with a conversation.</summary>
    public string? Messages { get; init; }

    /// <summary>Which instructions of the processor the emulator uses; null for the widest.</summary>
    public VectorPath? Vectors { get; init; }

    /// <summary>The date that a chat template sees.</summary>
    public DateTime? Date { get; init; }
}
