namespace Flightc.Runtime.Evaluation;

/// <summary>
/// Continues a sequence and gives the logits of every one of its tokens, in order, by their number among
/// <paramref name="ids"/>.
/// </summary>
/// <param name="ids">At least one token.</param>
/// <param name="onLogits">Gets the number of the token, from 0 on, and its logits.</param>
public delegate void ContinueSequence(ReadOnlySpan<int> ids, LogitsRow onLogits);

/// <summary>A model that is evaluated or compared with: a compiled image on a device, or a reference.</summary>
/// <param name="Name">For messages and results.</param>
/// <param name="VocabularySize">Logits of a row; token ids are below it.</param>
/// <param name="ContextLength">The most tokens of a sequence.</param>
/// <param name="Begin">Forgets all tokens.</param>
/// <param name="Continue">Adds tokens.</param>
public sealed record LogitsSource(
    string Name, int VocabularySize, int ContextLength, Action Begin, ContinueSequence Continue)
{
    /// <summary>The source that runs an image.</summary>
    /// <param name="name">For messages and results.</param>
    /// <param name="session">Reset whenever a sequence begins.</param>
    public static LogitsSource Of(string name, Session session) => new(
        name, session.VocabularySize, session.ContextLength, session.Reset,
        (ids, onLogits) =>
        {
            int first = session.Position;
            session.PrefillAll(ids, (position, logits) => onLogits(position - first, logits));
        });
}
