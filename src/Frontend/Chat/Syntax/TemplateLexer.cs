using System.Globalization;
using System.Text;

namespace Flightc.Chat;

/// <summary>Cuts a template into tokens, and does what its tags say about the white space around them.</summary>
/// <remarks>
/// As the libraries set it for chat templates: a line break behind a block or a comment goes with it, and so do spaces
/// before one that begins its line; a minus in a tag takes all white space on that side, a plus keeps it. One line
/// break at the end of the template does not count.
/// </remarks>
internal sealed class TemplateLexer
{
    private static readonly string[] LongOperators = ["==", "!=", "<=", ">=", "//", "**"];
    private const string ShortOperators = "+-*/%~<>=.:|,()[]{}";

    private readonly TemplateSource _source;
    private readonly string _text;
    private readonly List<TemplateToken> _tokens = [];
    private int _position;
    // What the tag before does to the text behind it.
    private bool _trimsAll;
    private bool _trimsBreak;

    private TemplateLexer(TemplateSource source)
    {
        _source = source;
        _text = source.Text;
    }

    /// <summary>The tokens of a template, ended by one of kind <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="Diagnostics.CompilationException">FLC1303 with line and column.</exception>
    public static List<TemplateToken> Read(TemplateSource source)
    {
        TemplateLexer lexer = new(source);
        while (lexer._position < lexer._text.Length)
        {
            lexer.ReadTextAndTag();
        }

        lexer._tokens.Add(new TemplateToken(TokenKind.End, "the end of the template", lexer._text.Length));
        return lexer._tokens;
    }

    private void ReadTextAndTag()
    {
        int tag = FindTag();
        AddText(_position, tag);
        if (tag == _text.Length)
        {
            _position = tag;
            return;
        }

        char kind = _text[tag + 1];
        _position = tag + 2;
        if (_position < _text.Length && _text[_position] is '-' or '+')
        {
            _position++;
        }

        if (kind == '#')
        {
            SkipComment(tag);
            return;
        }

        (TokenKind start, TokenKind end, string close) = kind == '%'
            ? (TokenKind.BlockStart, TokenKind.BlockEnd, "%}")
            : (TokenKind.OutputStart, TokenKind.OutputEnd, "}}");
        _tokens.Add(new TemplateToken(start, kind == '%' ? "{%" : "{{", tag));
        ReadInside(tag, end, close);
    }

    private int FindTag()
    {
        for (int i = _position; i + 1 < _text.Length; i++)
        {
            if (_text[i] == '{' && _text[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return _text.Length;
    }

    private void AddText(int start, int end)
    {
        int begin = start;
        bool startsLine = start == 0;
        if (_trimsAll)
        {
            begin += LeadingSpace(_text.AsSpan(begin, end - begin));
            startsLine = begin > start && _text[begin - 1] == '\n';
        }
        else if (_trimsBreak && begin < end && _text[begin] == '\n')
        {
            begin++;
            startsLine = true;
        }

        _trimsAll = _trimsBreak = false;
        ReadOnlySpan<char> text = _text.AsSpan(begin, end - begin);
        char sign = end + 2 < _text.Length ? _text[end + 2] : '\0';
        if (end < _text.Length && sign == '-')
        {
            text = text.TrimEnd();
        }
        else if (end < _text.Length && sign != '+' && _text[end + 1] is '%' or '#')
        {
            int line = text.LastIndexOf('\n') + 1;
            if ((line > 0 || startsLine) && text[line..].IsWhiteSpace())
            {
                text = text[..line];
            }
        }

        if (!text.IsEmpty)
        {
            _tokens.Add(new TemplateToken(TokenKind.Text, text.ToString(), begin));
        }
    }

    private static int LeadingSpace(ReadOnlySpan<char> text) => text.Length - text.TrimStart().Length;

    private void SkipComment(int tag)
    {
        int end = _text.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw _source.Error(tag, "the comment that begins here has no end, wanted '#}'");
        }

        _trimsAll = end > _position && _text[end - 1] == '-';
        _trimsBreak = end == _position || _text[end - 1] != '+';
        _position = end + 2;
    }

    private void ReadInside(int tag, TokenKind end, string close)
    {
        int brackets = 0;
        while (_position < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_position]))
            {
                _position++;
                continue;
            }

            if (brackets == 0 && TryEnd(end, close))
            {
                return;
            }

            TemplateToken token = ReadToken();
            _tokens.Add(token);
            brackets += token switch
            {
                { Kind: TokenKind.Operator, Text: "(" or "[" or "{" } => 1,
                { Kind: TokenKind.Operator, Text: ")" or "]" or "}" } => -1,
                _ => 0,
            };
            brackets = Math.Max(brackets, 0);
        }

        throw _source.Error(tag, $"the tag that begins here has no end, wanted '{close}'");
    }

    private bool TryEnd(TokenKind kind, string close)
    {
        int at = _text[_position] is '-' or '+' ? _position + 1 : _position;
        if (string.CompareOrdinal(_text, at, close, 0, close.Length) != 0)
        {
            return false;
        }

        _tokens.Add(new TemplateToken(kind, close, _position));
        _trimsAll = _text[_position] == '-';
        _trimsBreak = kind == TokenKind.BlockEnd && _text[_position] != '+';
        _position = at + close.Length;
        return true;
    }

    private TemplateToken ReadToken()
    {
        int start = _position;
        char first = _text[start];
        if (char.IsAsciiLetter(first) || first == '_')
        {
            Skip(c => char.IsAsciiLetterOrDigit(c) || c == '_');
            return new TemplateToken(TokenKind.Name, _text[start.._position], start);
        }

        if (char.IsAsciiDigit(first))
        {
            return ReadNumber();
        }

        if (first is '\'' or '"')
        {
            return new TemplateToken(TokenKind.String, ReadString(first), start);
        }

        foreach (string operation in LongOperators)
        {
            if (string.CompareOrdinal(_text, start, operation, 0, operation.Length) == 0)
            {
                _position += operation.Length;
                return new TemplateToken(TokenKind.Operator, operation, start);
            }
        }

        if (!ShortOperators.Contains(first, StringComparison.Ordinal))
        {
            Rune.DecodeFromUtf16(_text.AsSpan(start), out Rune rune, out _);
            throw _source.Error(start, $"the character '{Diagnostics.Excerpt.Of(rune.ToString())}' has no meaning inside a tag");
        }

        _position++;
        return new TemplateToken(TokenKind.Operator, first.ToString(), start);
    }

    private TemplateToken ReadNumber()
    {
        int start = _position;
        TokenKind kind = TokenKind.Integer;
        Skip(c => char.IsAsciiDigit(c) || c == '_');
        if (_position + 1 < _text.Length && _text[_position] == '.' && char.IsAsciiDigit(_text[_position + 1]))
        {
            kind = TokenKind.Real;
            _position++;
            Skip(char.IsAsciiDigit);
        }

        int exponent = _position + 1 < _text.Length && _text[_position + 1] is '+' or '-' ? _position + 2 : _position + 1;
        if (exponent < _text.Length && _text[_position] is 'e' or 'E' && char.IsAsciiDigit(_text[exponent]))
        {
            kind = TokenKind.Real;
            _position = exponent;
            Skip(char.IsAsciiDigit);
        }

        string digits = _text[start.._position].Replace("_", "", StringComparison.Ordinal);
        return new TemplateToken(kind, digits, start);
    }

    private void Skip(Func<char, bool> belongs)
    {
        while (_position < _text.Length && belongs(_text[_position]))
        {
            _position++;
        }
    }

    private string ReadString(char quote)
    {
        int start = _position++;
        StringBuilder value = new();
        while (_position < _text.Length)
        {
            char next = _text[_position++];
            if (next == quote)
            {
                return value.ToString();
            }

            _ = next == '\\' && _position < _text.Length ? value.Append(ReadEscape()) : value.Append(next);
        }

        throw _source.Error(start, $"the text that begins here has no end, wanted {quote}");
    }

    private string ReadEscape()
    {
        char kind = _text[_position++];
        return kind switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            'a' => "\a",
            '0' => "\0",
            '\n' => "",
            '\\' or '\'' or '"' => kind.ToString(),
            'x' => ReadCodePoint(2),
            'u' => ReadCodePoint(4),
            'U' => ReadCodePoint(8),
            // Python leaves what it does not know as it stands.
            _ => "\\" + kind,
        };
    }

    private string ReadCodePoint(int digits)
    {
        int start = _position;
        _position = Math.Min(start + digits, _text.Length);
        return int.TryParse(
                _text.AsSpan(start, _position - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point)
            && _position - start == digits && Rune.IsValid(point)
            ? char.ConvertFromUtf32(point)
            : throw _source.Error(start - 2, $"the escape wants {digits} hexadecimal digits of a character");
    }
}
