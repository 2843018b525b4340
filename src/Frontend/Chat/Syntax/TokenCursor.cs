namespace Flightc.Chat;

/// <summary>The tokens of a template, read one after the other.</summary>
internal sealed class TokenCursor(TemplateSource source)
{
    // Of tags and of brackets together: reading them goes as deep on the stack.
    private const int MaximumNesting = 64;

    private readonly List<TemplateToken> _tokens = TemplateLexer.Read(source);
    private int _next;
    private int _nesting;

    /// <summary>The token that is next.</summary>
    public TemplateToken Current => _tokens[_next];

    /// <summary>The one behind it.</summary>
    public TemplateToken Following => _tokens[Math.Min(_next + 1, _tokens.Count - 1)];

    /// <summary>Takes the next token.</summary>
    public TemplateToken Take() => _tokens[_next < _tokens.Count - 1 ? _next++ : _next];

    /// <summary>Whether the next token is this name or operator.</summary>
    public bool IsAt(string text) => Current is { Kind: TokenKind.Name or TokenKind.Operator } && Current.Text == text;

    /// <summary>Takes the next token if it is this name or operator.</summary>
    public bool TryTake(string text)
    {
        if (!IsAt(text))
        {
            return false;
        }

        Take();
        return true;
    }

    /// <summary>Takes a name or operator that must be next.</summary>
    public void Expect(string text)
    {
        if (!TryTake(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    /// <summary>Takes a token that must be of a kind.</summary>
    public TemplateToken Expect(TokenKind kind, string wanted) => Current.Kind == kind ? Take() : throw Unexpected(wanted);

    /// <summary>Enters a tag or a bracket.</summary>
    public void Enter()
    {
        if (++_nesting > MaximumNesting)
        {
            throw source.Error(Current.Position, $"more than {MaximumNesting} tags and brackets stand within one another");
        }
    }

    /// <summary>Leaves what was entered.</summary>
    public void Leave() => _nesting--;

    /// <summary>The error of a token that does not belong here.</summary>
    public Diagnostics.CompilationException Unexpected(string wanted)
    {
        // Of a tag its word says more than its brackets.
        TemplateToken found = Current.Kind == TokenKind.BlockStart ? Following : Current;
        return source.Error(found.Position, $"found '{Diagnostics.Excerpt.Of(found.Text)}', wanted {wanted}");
    }

    /// <summary>An error at a place.</summary>
    public Diagnostics.CompilationException Error(int position, string problem) => source.Error(position, problem);
}
