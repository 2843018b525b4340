using System.Globalization;
using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>One line of text, cut into words, <c>key=value</c> pairs and a comment.</summary>
internal sealed class AssemblyLine
{
    private readonly string _text;
    private readonly string _file;
    private readonly int _number;
    private readonly List<Pair> _pairs = [];
    private int _at;

    public AssemblyLine(string text, string file, int number)
    {
        _text = text;
        _file = file;
        _number = number;
        while (SkipBlanks() && _text[_at] != ';')
        {
            int start = _at;
            string word = Word();
            if (_at < _text.Length && _text[_at] == '=')
            {
                _at++;
                int valueAt = _at;
                Add(new Pair(word, _at < _text.Length && _text[_at] == '"' ? Quoted() : Value(), start, valueAt));
            }
            else if (word.Length == 0)
            {
                throw Error(start, $"'{_text[start]}' cannot begin a word");
            }
            else
            {
                Words.Add(word);
            }
        }

        if (_at < _text.Length)
        {
            int start = _at + (_at + 1 < _text.Length && _text[_at + 1] == ' ' ? 2 : 1);
            Comment = Unescape(start, _text.Length);
        }
    }

    /// <summary>A key and its value, with their columns from 0.</summary>
    internal readonly record struct Pair(string Key, string Value, int KeyAt, int ValueAt);

    /// <summary>The words, the first of which says what the line is.</summary>
    public List<string> Words { get; } = [];

    /// <summary>The text after the semicolon and one blank; empty when there is none.</summary>
    public string Comment { get; } = "";

    /// <summary>Takes a pair; null when the line does not have it.</summary>
    public Pair? Take(string key)
    {
        int index = _pairs.FindIndex(p => p.Key == key);
        if (index < 0)
        {
            return null;
        }

        Pair pair = _pairs[index];
        _pairs.RemoveAt(index);
        return pair;
    }

    /// <summary>The value of a pair that must be there.</summary>
    public string Text(string key) => (Take(key) ?? throw Error(0, $"'{key}=' is missing")).Value;

    /// <summary>The value of a pair that must be there, as a number in a range.</summary>
    public long Number(string key, long most) => Number(Take(key) ?? throw Error(0, $"'{key}=' is missing"), most);

    /// <summary>A pair's value as a number from 0 to <paramref name="most"/>.</summary>
    public long Number(Pair pair, long most) =>
        long.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= most
            ? value : throw Error(pair.ValueAt, $"'{pair.Key}' is a number from 0 to {most}, not '{pair.Value}'");

    /// <summary>Refuses pairs that nobody took, and surplus words.</summary>
    public void End(int words, string wanted)
    {
        if (_pairs.Count > 0)
        {
            throw Error(_pairs[0].KeyAt, $"'{Words[0]}' has no '{_pairs[0].Key}'; it has {wanted}");
        }

        if (Words.Count != words)
        {
            throw Error(0, $"'{Words[0]}' takes {words - 1} words and {wanted}");
        }
    }

    /// <summary>An error at a column of this line, counted from 0.</summary>
    public CompilationException Error(int column, string message) =>
        new(
            Codes.ProgramText, message,
            string.Create(CultureInfo.InvariantCulture, $"{_file}:{_number}:{column + 1}"));

    private void Add(Pair pair)
    {
        if (Words.Count == 0 || pair.Key.Length == 0)
        {
            throw Error(pair.KeyAt, "a line begins with a word that says what it is");
        }

        if (_pairs.Exists(p => p.Key == pair.Key))
        {
            throw Error(pair.KeyAt, $"'{pair.Key}' is given twice");
        }

        _pairs.Add(pair);
    }

    private bool SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
        {
            _at++;
        }

        return _at < _text.Length;
    }

    private string Word()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '_' or '-'))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private string Value()
    {
        int start = _at;
        while (_at < _text.Length && _text[_at] is not (' ' or '\t' or ';' or '"'))
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Error(start, "a value is missing");
    }

    private string Quoted()
    {
        int start = ++_at;
        while (_at < _text.Length && _text[_at] != '"')
        {
            _at += _text[_at] == '\\' ? 2 : 1;
        }

        if (_at >= _text.Length)
        {
            throw Error(start - 1, "the closing '\"' is missing");
        }

        return Unescape(start, _at++);
    }

    private string Unescape(int start, int end)
    {
        StringBuilder text = new(end - start);
        for (int i = start; i < end; i++)
        {
            if (_text[i] != '\\')
            {
                text.Append(_text[i]);
                continue;
            }

            i++;
            text.Append((i < end ? _text[i] : ' ') switch
            {
                '\\' => '\\',
                '"' => '"',
                'n' => '\n',
                'r' => '\r',
                _ => throw Error(i - 1, "after '\\' comes one of \\ \" n r"),
            });
        }

        return text.ToString();
    }
}
