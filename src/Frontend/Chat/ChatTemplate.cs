using Flightc.Diagnostics;

namespace Flightc.Chat;

/// <summary>A chat template: how a conversation becomes the text that a model was trained on.</summary>
/// <remarks>
/// The subset of Jinja that chat templates use, carried out in a sandbox: nothing outside can be reached or changed,
/// and steps, depth and output are bounded. What is beyond the subset is refused when the template is parsed or, where
/// it is a filter, a test, a method or a function, when it is reached. Instances may be used by many threads at once.
/// </remarks>
public sealed class ChatTemplate
{
    // Characters. The longest in use have about forty thousand.
    private const int MaximumLength = 1 << 20;

    private readonly TemplateSource _source;
    private readonly IReadOnlyList<Statement> _body;

    private ChatTemplate(TemplateSource source)
    {
        _source = source;
        _body = TemplateParser.Parse(source);
    }

    /// <summary>Reads a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="location">How messages name it.</param>
    /// <exception cref="CompilationException">FLC1303 with line and column.</exception>
    public static ChatTemplate Parse(string text, string location)
    {
        if (text.Length > MaximumLength)
        {
            throw new CompilationException(
                Codes.ChatTemplateInvalid, $"the chat template has {text.Length} characters; at most {MaximumLength} are accepted",
                location);
        }

        string lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return new ChatTemplate(new TemplateSource(lines.EndsWith('\n') ? lines[..^1] : lines, location));
    }

    /// <summary>The text of a conversation.</summary>
    /// <param name="conversation">What was said, and what is known beside it.</param>
    /// <exception cref="CompilationException">
    /// FLC1303: the template does what is not supported, or too much; FLC1304: it does not take the conversation.
    /// </exception>
    public string Render(ChatConversation conversation)
    {
        Scope globals = new(null);
        Functions.AddTo(globals, conversation.Now);
        foreach ((string name, string token) in conversation.SpecialTokens.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            globals.Set(name, token);
        }

        globals.Set("messages", conversation.Messages);
        globals.Set("tools", conversation.Tools);
        globals.Set("documents", null);
        globals.Set("add_generation_prompt", conversation.AsksForAnswer);
        return new Renderer(new RenderContext(_source)).Render(_body, new Scope(globals));
    }
}
