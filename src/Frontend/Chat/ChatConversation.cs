namespace Flightc.Chat;

/// <summary>What a chat template is given.</summary>
public sealed class ChatConversation
{
    private static readonly Dictionary<string, string> NoTokens = [];

    internal ChatConversation(List<object?> messages, List<object?>? tools = null)
    {
        Messages = messages;
        Tools = tools;
    }

    /// <summary>Texts of special tokens by role, such as <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = NoTokens;

    /// <summary>Whether the text ends where the model is to answer.</summary>
    public bool AsksForAnswer { get; init; } = true;

    /// <summary>
    /// The time that a template sees; null for none. It is never that of the computer unless a caller passes it, so
    /// that the same conversation gives the same text.
    /// </summary>
    public DateTime? Now { get; init; }

    /// <summary>How many messages there are.</summary>
    public int MessageCount => Messages.Count;

    internal List<object?> Messages { get; }

    internal List<object?>? Tools { get; }

    /// <summary>A conversation of texts.</summary>
    /// <param name="messages">Who says what, in order: <c>system</c>, <c>user</c>, <c>assistant</c>.</param>
    public static ChatConversation Of(params IEnumerable<(string Role, string Content)> messages) =>
        new([.. messages.Select(message => (object?)Message(message.Role, message.Content))]);

    /// <summary>The same conversation with a message before or behind it.</summary>
    /// <param name="role">Who says it.</param>
    /// <param name="content">What.</param>
    /// <param name="isFirst">Whether it comes before the others.</param>
    public ChatConversation With(string role, string content, bool isFirst = false)
    {
        object? message = Message(role, content);
        List<object?> messages = isFirst ? [message, .. Messages] : [.. Messages, message];
        return new ChatConversation(messages, Tools) { SpecialTokens = SpecialTokens, AsksForAnswer = AsksForAnswer, Now = Now };
    }

    /// <summary>The same conversation with what is known beside it.</summary>
    /// <param name="specialTokens">Texts of special tokens by role.</param>
    /// <param name="now">The time that a template sees; null for none.</param>
    public ChatConversation Knowing(IReadOnlyDictionary<string, string> specialTokens, DateTime? now) =>
        new(Messages, Tools) { SpecialTokens = specialTokens, AsksForAnswer = AsksForAnswer, Now = now };

    private static TemplateMap Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
