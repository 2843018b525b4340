namespace Flightc.Tokenizers;

/// <summary>The ids that a post-processor puts around a text.</summary>
internal sealed record SequenceTemplate(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>Adds nothing.</summary>
    public static SequenceTemplate Empty { get; } = new([], []);

    /// <summary>This template with another around it.</summary>
    public SequenceTemplate Within(SequenceTemplate outer) =>
        new([.. outer.Before, .. Before], [.. After, .. outer.After]);
}
