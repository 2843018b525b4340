using System.Globalization;

namespace Flightc.Chat;

/// <summary>Reads expressions, with the precedences of Jinja.</summary>
internal sealed class ExpressionParser(TokenCursor tokens)
{
    // Each goes one level deeper when the expression is evaluated.
    private const int MaximumOperations = 400;

    private static readonly string[] Comparators = ["==", "!=", "<", "<=", ">", ">="];

    private int _operations;

    /// <summary>A whole expression, of which several with commas between are a list.</summary>
    public Expression ParseList()
    {
        _operations = 0;
        Expression first = ParseConditional();
        if (!tokens.IsAt(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (tokens.TryTake(",") && tokens.Current.Kind is not (TokenKind.BlockEnd or TokenKind.OutputEnd))
        {
            items.Add(ParseConditional());
        }

        return new Expression.List(first.Position, items);
    }

    /// <summary>An expression that cannot be a conditional one, as between <c>in</c> and <c>if</c> of a loop.</summary>
    public Expression ParseUnconditional()
    {
        _operations = 0;
        return ParseOr();
    }

    /// <summary><c>a if b else c</c></summary>
    public Expression ParseConditional()
    {
        Expression value = ParseOr();
        while (tokens.IsAt("if"))
        {
            int position = Count();
            tokens.Take();
            Expression condition = ParseOr();
            Expression? otherwise = tokens.TryTake("else") ? Nested(ParseConditional) : null;
            value = new Expression.Conditional(position, condition, value, otherwise);
        }

        return value;
    }

    private Expression ParseOr() => ParseBinary(ParseAnd, "or");

    private Expression ParseAnd() => ParseBinary(ParseNot, "and");

    private Expression ParseNot()
    {
        if (!tokens.IsAt("not"))
        {
            return ParseComparison();
        }

        int position = Count();
        tokens.Take();
        return new Expression.Unary(position, "not", Nested(ParseNot));
    }

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        List<(string, Expression)> links = [];
        int position = tokens.Current.Position;
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && Comparators.Contains(tokens.Current.Text))
            {
                Count();
                links.Add((tokens.Take().Text, ParseSum()));
            }
            else if (tokens.TryTake("in"))
            {
                Count();
                links.Add(("in", ParseSum()));
            }
            else if (tokens.IsAt("not") && tokens.Following.Text == "in")
            {
                Count();
                tokens.Take();
                tokens.Take();
                links.Add(("not in", ParseSum()));
            }
            else
            {
                return links.Count == 0 ? first : new Expression.Comparison(position, first, links);
            }
        }
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseBinary(ParseProduct, "~");

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseBinary(ParseUnary, "**");

    private Expression ParseBinary(Func<Expression> parseOperand, params ReadOnlySpan<string> operators)
    {
        Expression left = parseOperand();
        while (tokens.Current.Kind is TokenKind.Operator or TokenKind.Name && operators.Contains(tokens.Current.Text))
        {
            int position = Count();
            string text = tokens.Take().Text;
            left = new Expression.Binary(position, text, left, parseOperand());
        }

        return left;
    }

    private Expression ParseUnary() => ParseFilters(ParseSigned());

    private Expression ParseSigned()
    {
        if (tokens.Current.Kind == TokenKind.Operator && tokens.Current.Text is "-" or "+")
        {
            int position = Count();
            string sign = tokens.Take().Text;
            return new Expression.Unary(position, sign, Nested(ParseSigned));
        }

        return ParsePostfix(ParsePrimary());
    }

    private Expression ParsePrimary()
    {
        TemplateToken token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return token.Text switch
                {
                    "true" or "True" => new Expression.Literal(token.Position, true),
                    "false" or "False" => new Expression.Literal(token.Position, false),
                    "none" or "None" => new Expression.Literal(token.Position, null),
                    _ => new Expression.Name(token.Position, token.Text),
                };
            case TokenKind.String:
                string text = "";
                while (tokens.Current.Kind == TokenKind.String)
                {
                    text += tokens.Take().Text;
                }

                return new Expression.Literal(token.Position, text);
            case TokenKind.Integer:
                return long.TryParse(tokens.Take().Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                    ? new Expression.Literal(token.Position, number)
                    : throw tokens.Error(token.Position, "the number is too large");
            case TokenKind.Real:
                double real = double.Parse(tokens.Take().Text, CultureInfo.InvariantCulture);
                return new Expression.Literal(token.Position, real);
        }

        return token.Text switch
        {
            "(" when token.Kind == TokenKind.Operator => Nested(ParseParentheses),
            "[" when token.Kind == TokenKind.Operator => Nested(ParseBrackets),
            "{" when token.Kind == TokenKind.Operator => Nested(ParseBraces),
            _ => throw tokens.Unexpected("a value"),
        };
    }

    private Expression ParseParentheses()
    {
        int position = tokens.Take().Position;
        List<Expression> items = [];
        bool isList = tokens.IsAt(")");
        while (!tokens.IsAt(")"))
        {
            items.Add(ParseConditional());
            if (!tokens.TryTake(","))
            {
                break;
            }

            isList = true;
        }

        tokens.Expect(")");
        return isList ? new Expression.List(position, items) : items[0];
    }

    private Expression ParseBrackets()
    {
        int position = tokens.Take().Position;
        List<Expression> items = [];
        while (!tokens.IsAt("]"))
        {
            items.Add(ParseConditional());
            if (!tokens.TryTake(","))
            {
                break;
            }
        }

        tokens.Expect("]");
        return new Expression.List(position, items);
    }

    private Expression ParseBraces()
    {
        int position = tokens.Take().Position;
        List<(Expression, Expression)> entries = [];
        while (!tokens.IsAt("}"))
        {
            Expression key = ParseConditional();
            tokens.Expect(":");
            entries.Add((key, ParseConditional()));
            if (!tokens.TryTake(","))
            {
                break;
            }
        }

        tokens.Expect("}");
        return new Expression.Map(position, entries);
    }

    private Expression ParsePostfix(Expression value)
    {
        while (tokens.Current.Kind == TokenKind.Operator)
        {
            int position = tokens.Current.Position;
            switch (tokens.Current.Text)
            {
                case ".":
                    Count();
                    tokens.Take();
                    value = tokens.Current.Kind == TokenKind.Integer
                        ? new Expression.Item(position, value, ParsePrimary())
                        : new Expression.Member(position, value, tokens.Expect(TokenKind.Name, "a name").Text);
                    break;
                case "[":
                    Count();
                    Expression target = value;
                    value = Nested(() => ParseSubscript(target));
                    break;
                case "(":
                    Count();
                    value = new Expression.Call(position, value, Nested(ParseArguments));
                    break;
                default:
                    return value;
            }
        }

        return value;
    }

    private Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (tokens.IsAt("|"))
            {
                int position = Count();
                tokens.Take();
                string name = tokens.Expect(TokenKind.Name, "the name of a filter").Text;
                value = new Expression.Filter(position, value, name, ParseOptionalArguments());
            }
            else if (tokens.IsAt("is"))
            {
                value = ParseTest(value);
            }
            else if (tokens.IsAt("(") || tokens.IsAt(".") || tokens.IsAt("["))
            {
                value = ParsePostfix(value);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression.Test ParseTest(Expression value)
    {
        int position = Count();
        tokens.Take();
        bool isNegated = tokens.TryTake("not");
        string name = tokens.Current.Kind == TokenKind.Operator && Comparators.Contains(tokens.Current.Text)
            ? tokens.Take().Text
            : tokens.Expect(TokenKind.Name, "the name of a test").Text;
        // One argument may stand without parentheses.
        bool hasBare = tokens.Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Real
            || (tokens.Current.Kind == TokenKind.Name && tokens.Current.Text is not ("else" or "or" or "and" or "if" or "is" or "not" or "in"))
            || tokens.IsAt("[") || tokens.IsAt("{");
        Expression.Arguments given = hasBare
            ? new([ParsePostfix(ParsePrimary())], [])
            : ParseOptionalArguments();
        return new Expression.Test(position, value, name, given, isNegated);
    }

    private Expression ParseSubscript(Expression target)
    {
        int position = tokens.Take().Position;
        Expression? start = tokens.IsAt(":") ? null : ParseConditional();
        if (tokens.TryTake("]"))
        {
            return new Expression.Item(position, target, start!);
        }

        tokens.Expect(":");
        Expression? stop = tokens.IsAt(":") || tokens.IsAt("]") ? null : ParseConditional();
        Expression? step = tokens.TryTake(":") && !tokens.IsAt("]") ? ParseConditional() : null;
        tokens.Expect("]");
        return new Expression.Slice(position, target, start, stop, step);
    }

    private Expression.Arguments ParseOptionalArguments() =>
        tokens.IsAt("(") ? Nested(ParseArguments) : Expression.Arguments.None;

    private Expression.Arguments ParseArguments()
    {
        tokens.Take();
        List<Expression> values = [];
        List<(string, Expression)> named = [];
        while (!tokens.IsAt(")"))
        {
            if (tokens.Current.Kind == TokenKind.Name && tokens.Following is { Kind: TokenKind.Operator, Text: "=" })
            {
                string name = tokens.Take().Text;
                tokens.Take();
                named.Add((name, ParseConditional()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Unexpected("an argument with a name, since one stands before it");
            }
            else
            {
                values.Add(ParseConditional());
            }

            if (!tokens.TryTake(","))
            {
                break;
            }
        }

        tokens.Expect(")");
        return new Expression.Arguments(values, named);
    }

    private T Nested<T>(Func<T> parse)
    {
        tokens.Enter();
        T result = parse();
        tokens.Leave();
        return result;
    }

    private int Count() => ++_operations <= MaximumOperations
        ? tokens.Current.Position
        : throw tokens.Error(tokens.Current.Position, $"the expression has more than {MaximumOperations} operations");
}
