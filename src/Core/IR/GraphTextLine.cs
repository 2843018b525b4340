using Flightc.Diagnostics;

namespace Flightc.IR;

/// <summary>A cursor over one line of text. Columns count UTF-16 units from 1.</summary>
/// <param name="text">The line, without its line feed.</param>
/// <param name="number">Its number, from 1.</param>
/// <param name="location">What errors call the text.</param>
/// <param name="code">Code of errors: the Schedule's text shares this cursor.</param>
internal sealed class GraphTextLine(string text, int number, string location, string code = Codes.GraphText)
{
    private int _position;

    /// <summary>Where the next token starts.</summary>
    public int Column
    {
        get
        {
            SkipSpaces();
            return _position + 1;
        }
    }

    /// <summary>Whether only a comment, or nothing, is left.</summary>
    public bool AtEnd => Peek() is '\0' or ';';

    /// <summary>The comment that ends the line, with its semicolon; empty where there is none.</summary>
    public string Comment => Peek() == ';' ? text[_position..] : "";

    /// <summary>The next character that is not a space; NUL at the end.</summary>
    public char Peek()
    {
        SkipSpaces();
        return _position < text.Length ? text[_position] : '\0';
    }

    /// <summary>Takes one character if it is next.</summary>
    public bool Take(char wanted)
    {
        if (AtEnd || text[_position] != wanted)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <summary>Takes one character that has to be next.</summary>
    public void Expect(char wanted)
    {
        if (!Take(wanted))
        {
            throw Error(Column, $"'{wanted}' is wanted, {Found()} is found");
        }
    }

    /// <summary>A run of letters, digits and <c>_ . + -</c>: names, numbers and keywords. Never empty.</summary>
    public string Word(string wanted)
    {
        SkipSpaces();
        int start = _position;
        while (_position < text.Length && IsWordPart(text[_position]))
        {
            _position++;
        }

        return _position > start
            ? text[start.._position]
            : throw Error(start + 1, $"{wanted} is wanted, {Found()} is found");
    }

    /// <summary>A string in double quotes, escapes undone.</summary>
    public string Quoted()
    {
        int start = Column;
        Expect('"');
        int end = _position;
        while (end < text.Length && text[end] != '"')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        if (end >= text.Length)
        {
            throw Error(start, "the string has no end");
        }

        string inner = text[_position..end];
        _position = end + 1;
        return Unescape(inner) ?? throw Error(start, "the string has an escape other than \\\", \\\\ and \\uXXXX");
    }

    /// <summary>Refuses anything but a comment.</summary>
    public void ExpectEnd()
    {
        if (!AtEnd)
        {
            throw Error(Column, $"the end of the line is wanted, {Found()} is found");
        }
    }

    /// <summary>An error at a column of this line.</summary>
    public CompilationException Error(int column, string message) =>
        new(code, message, $"{location}:{number}:{column}");

    /// <summary>At most 60 characters of what was found, printable.</summary>
    public static string Shorten(string found) => GraphText.Escape(found.Length <= 60 ? found : found[..60] + "...");

    /// <summary>Undoes <see cref="GraphText.Escape"/>; null where an escape is unknown.</summary>
    public static string? Unescape(string value)
    {
        System.Text.StringBuilder result = new(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\')
            {
                result.Append(value[i]);
            }
            else if (i + 1 < value.Length && (value[i + 1] is '"' or '\\'))
            {
                result.Append(value[++i]);
            }
            else if (i + 5 < value.Length && value[i + 1] == 'u' && IsHex(value.AsSpan(i + 2, 4)))
            {
                result.Append((char)Convert.ToInt32(value.Substring(i + 2, 4), 16));
                i += 5;
            }
            else
            {
                return null;
            }
        }

        return result.ToString();
    }

    private static bool IsHex(ReadOnlySpan<char> digits)
    {
        foreach (char c in digits)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a character can stand in a <see cref="Word"/>.</summary>
    public static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '+' or '-';

    private string Found() => AtEnd ? "the end of the line" : $"'{Shorten(text[_position].ToString())}'";

    private void SkipSpaces()
    {
        while (_position < text.Length && (text[_position] is ' ' or '\t'))
        {
            _position++;
        }
    }
}
