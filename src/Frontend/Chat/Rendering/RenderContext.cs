using Flightc.Diagnostics;

namespace Flightc.Chat;

/// <summary>One rendering: where it is, for messages, and what it may still use.</summary>
/// <remarks>
/// A template is untrusted. Every step and every character that is made is paid for, so that time and memory are
/// bounded whatever the template does; the limits do not depend on the machine.
/// </remarks>
internal sealed class RenderContext(TemplateSource source)
{
    // Honest templates make some thousand steps and as many characters as the conversation has.
    private const long MaximumWork = 20_000_000;
    private const int MaximumText = 4 << 20;
    private const int MaximumDepth = 500;

    private long _work;
    private int _depth;

    /// <summary>Where the template is.</summary>
    public int Position { get; set; }

    /// <summary>Pays for work: a step, or as many items or characters as are made.</summary>
    public void Spend(long amount)
    {
        _work += amount;
        if (_work > MaximumWork)
        {
            throw Fault($"the template does more than {MaximumWork} steps");
        }
    }

    /// <summary>Refuses a text that is too long.</summary>
    public void Limit(long length)
    {
        if (length > MaximumText)
        {
            throw Fault($"the template makes a text of more than {MaximumText} characters");
        }
    }

    /// <summary>Pays for a text that was made.</summary>
    public string Made(string text)
    {
        Limit(text.Length);
        Spend(text.Length);
        return text;
    }

    /// <summary>Goes one level deeper.</summary>
    public void Enter()
    {
        Spend(1);
        if (++_depth > MaximumDepth)
        {
            throw Fault($"the template nests more than {MaximumDepth} deep");
        }
    }

    /// <summary>Comes back.</summary>
    public void Leave() => _depth--;

    /// <summary>The error of something that cannot be done here.</summary>
    public CompilationException Fault(string problem) => source.Error(Position, problem);

    /// <summary>The error of a template that says itself that it does not take the conversation.</summary>
    public CompilationException Refusal(string message) => source.Error(
        Position, $"the chat template does not take this conversation: {Excerpt.Of(message)}", Codes.ConversationInvalid,
        "change the messages as the template wants them: --system, --messages");
}
