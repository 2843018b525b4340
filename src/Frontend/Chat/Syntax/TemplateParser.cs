namespace Flightc.Chat;

/// <summary>Reads the statements of a template.</summary>
internal sealed class TemplateParser
{
    private const string Known = "if, for, set, macro, generation, break and continue";

    private readonly TokenCursor _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private TemplateParser(TemplateSource source)
    {
        _tokens = new TokenCursor(source);
        _expressions = new ExpressionParser(_tokens);
    }

    /// <summary>The whole template.</summary>
    /// <exception cref="Diagnostics.CompilationException">FLC1303 with line and column.</exception>
    public static IReadOnlyList<Statement> Parse(TemplateSource source)
    {
        TemplateParser parser = new(source);
        List<Statement> body = parser.ParseBody();
        return parser._tokens.Current.Kind == TokenKind.End
            ? body
            : throw parser._tokens.Error(
                parser._tokens.Following.Position,
                $"found '{parser._tokens.Following.Text}' without the tag that it continues or ends; known tags are {Known}");
    }

    /// <summary>Statements up to the tag that begins with one of these words, which is entered.</summary>
    private List<Statement> ParseBody(params ReadOnlySpan<string> ends)
    {
        List<Statement> body = [];
        while (true)
        {
            TemplateToken token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.Text:
                    _tokens.Take();
                    body.Add(new Statement.Text(token.Position, token.Text));
                    break;
                case TokenKind.OutputStart:
                    _tokens.Take();
                    body.Add(new Statement.Output(token.Position, _expressions.ParseList()));
                    _tokens.Expect(TokenKind.OutputEnd, "'}}'");
                    break;
                case TokenKind.BlockStart when IsContinuation(_tokens.Following.Text):
                    if (ends.Contains(_tokens.Following.Text))
                    {
                        _tokens.Take();
                    }

                    return body;
                case TokenKind.BlockStart:
                    _tokens.Take();
                    _tokens.Enter();
                    ParseBlock(body);
                    _tokens.Leave();
                    break;
                default:
                    return body;
            }
        }
    }

    private static bool IsContinuation(string word) =>
        word is "else" or "elif" || word.StartsWith("end", StringComparison.Ordinal);

    private void ParseBlock(List<Statement> body)
    {
        TemplateToken word = _tokens.Expect(TokenKind.Name, "the name of a tag");
        switch (word.Text)
        {
            case "if":
                body.Add(ParseIf(word.Position));
                break;
            case "for":
                body.Add(ParseFor(word.Position));
                break;
            case "set":
                body.Add(ParseSet(word.Position));
                break;
            case "macro":
                body.Add(ParseMacro(word.Position));
                break;
            case "generation":
                // It marks what a model said, for training; here it is the text within.
                EndTag();
                body.AddRange(ParseBody("endgeneration"));
                End("endgeneration");
                break;
            case "break" when _loops > 0:
                EndTag();
                body.Add(new Statement.Break(word.Position));
                break;
            case "continue" when _loops > 0:
                EndTag();
                body.Add(new Statement.Continue(word.Position));
                break;
            case "break" or "continue":
                throw _tokens.Error(word.Position, $"'{word.Text}' stands outside of loops");
            default:
                throw _tokens.Error(
                    word.Position, $"the tag '{Diagnostics.Excerpt.Of(word.Text)}' is not supported; supported are {Known}");
        }
    }

    private Statement.If ParseIf(int position)
    {
        List<(Expression, IReadOnlyList<Statement>)> branches = [];
        List<Statement> otherwise = [];
        Expression condition = _expressions.ParseList();
        EndTag();
        while (true)
        {
            branches.Add((condition, ParseBody("elif", "else", "endif")));
            if (_tokens.TryTake("elif"))
            {
                condition = _expressions.ParseList();
                EndTag();
                continue;
            }

            if (_tokens.TryTake("else"))
            {
                EndTag();
                otherwise = ParseBody("endif");
            }

            End("endif");
            return new Statement.If(position, branches, otherwise);
        }
    }

    private Statement.For ParseFor(int position)
    {
        IReadOnlyList<string> names = ParseNames();
        _tokens.Expect("in");
        Expression items = _expressions.ParseUnconditional();
        Expression? condition = _tokens.TryTake("if") ? _expressions.ParseList() : null;
        if (_tokens.IsAt("recursive"))
        {
            throw _tokens.Error(_tokens.Current.Position, "loops that call themselves are not supported");
        }

        EndTag();
        _loops++;
        List<Statement> body = ParseBody("else", "endfor");
        _loops--;
        List<Statement> otherwise = [];
        if (_tokens.TryTake("else"))
        {
            EndTag();
            otherwise = ParseBody("endfor");
        }

        End("endfor");
        return new Statement.For(position, names, items, condition, body, otherwise);
    }

    private Statement ParseSet(int position)
    {
        if (_tokens.Following is { Kind: TokenKind.Operator, Text: "." })
        {
            string target = _tokens.Expect(TokenKind.Name, "a name").Text;
            _tokens.Take();
            string member = _tokens.Expect(TokenKind.Name, "a name").Text;
            _tokens.Expect("=");
            Expression assigned = _expressions.ParseList();
            EndTag();
            return new Statement.SetMember(position, target, member, assigned);
        }

        List<string> names = ParseNames();
        if (_tokens.TryTake("="))
        {
            Expression value = _expressions.ParseList();
            EndTag();
            return new Statement.Set(position, names, value);
        }

        if (names.Count != 1)
        {
            throw _tokens.Unexpected("'='");
        }

        EndTag();
        List<Statement> body = ParseBody("endset");
        End("endset");
        return new Statement.SetBlock(position, names[0], body);
    }

    private Statement.Macro ParseMacro(int position)
    {
        string name = _tokens.Expect(TokenKind.Name, "the name of the macro").Text;
        List<(string, Expression?)> parameters = [];
        _tokens.Expect("(");
        while (!_tokens.IsAt(")"))
        {
            string parameter = _tokens.Expect(TokenKind.Name, "the name of a parameter").Text;
            parameters.Add((parameter, _tokens.TryTake("=") ? _expressions.ParseConditional() : null));
            if (!_tokens.TryTake(","))
            {
                break;
            }
        }

        _tokens.Expect(")");
        EndTag();
        // A loop around the macro is none of its body's.
        int loops = _loops;
        _loops = 0;
        List<Statement> body = ParseBody("endmacro");
        _loops = loops;
        End("endmacro", mayRepeat: name);
        return new Statement.Macro(position, name, parameters, body);
    }

    private List<string> ParseNames()
    {
        bool isBracketed = _tokens.TryTake("(");
        List<string> names = [];
        do
        {
            names.Add(_tokens.Expect(TokenKind.Name, "a name").Text);
        }
        while (_tokens.TryTake(","));

        if (isBracketed)
        {
            _tokens.Expect(")");
        }

        return names;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    private void End(string word, string mayRepeat = "")
    {
        _tokens.Expect(word);
        if (mayRepeat.Length > 0)
        {
            _tokens.TryTake(mayRepeat);
        }

        EndTag();
    }
}
