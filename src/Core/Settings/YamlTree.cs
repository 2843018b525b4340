using System.Text;
using System.Text.Unicode;
using Flightc.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Flightc.Settings;

/// <summary>Builds the tree of a settings file from the events of its YAML.</summary>
/// <remarks>
/// Rules: UTF-8, at most <see cref="MaxBytes"/>; one document; no anchors, aliases or tags, so that the tree
/// is never larger than the text; no deeper than <see cref="MaxDepth"/>; keys are plain text and no key
/// stands twice. Read from events, and not by the library's own tree, because that recurses as deep as the
/// file says.
/// </remarks>
internal sealed class YamlTree
{
    /// <summary>
    /// A recipe with an override for every matrix of a large model takes most of it; no more, since the parser's time
    /// grows faster than the text.
    /// </summary>
    public const int MaxBytes = 128 * 1024;

    private const int MaxDepth = 8;

    private readonly string _file;
    private readonly DiagnosticBag _bag;
    private readonly Parser _parser;

    private YamlTree(string file, string text, DiagnosticBag bag)
    {
        _file = file;
        _bag = bag;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a file whose root is a map.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bag">Receives keys that stand twice.</param>
    /// <exception cref="CompilationException">The file cannot be read (FLC1001) or is not YAML by the rules
    /// above (FLC1201).</exception>
    public static SettingsMap Read(string path, DiagnosticBag bag)
    {
        YamlTree tree = new(path, ReadText(path), bag);
        try
        {
            return tree.Root();
        }
        catch (YamlException e)
        {
            string message = Excerpt.Of(e.InnerException?.Message ?? e.Message);
            throw new CompilationException(
                Codes.SettingsInvalid, $"not valid YAML: {message}", tree.At(e.Start), "", e);
        }
    }

    private static string ReadText(string path)
    {
        using FileStream stream = InputFile.Open(path);
        byte[] bytes = new byte[MaxBytes + 1];
        int count = InputFile.Fill(path, stream, bytes);
        if (count > MaxBytes)
        {
            throw new CompilationException(
                Codes.SettingsInvalid,
                $"the file has more than {MaxBytes} bytes, the most a settings file can have", path);
        }

        ReadOnlySpan<byte> content = bytes.AsSpan(0, count);
        content = content.StartsWith("\uFEFF"u8) ? content[3..] : content;
        return Utf8.IsValid(content)
            ? Encoding.UTF8.GetString(content)
            : throw new CompilationException(Codes.SettingsInvalid, "the file is not valid UTF-8", path);
    }

    private SettingsMap Root()
    {
        Advance();
        if (!Advance() || _parser.Current is StreamEnd)
        {
            throw Invalid("the file is empty; a group of keys is wanted", $"{_file}:1:1");
        }

        Advance();
        SettingsNode root = Node(0);
        Advance();
        if (Advance() && _parser.Current is DocumentStart second)
        {
            throw Invalid("a second document begins here; a settings file is one", At(second.Start));
        }

        return root as SettingsMap ?? throw Invalid(
            $"the file holds {root.InWords}; a group of keys is wanted", root.Location);
    }

    /// <summary>Goes to the next event; false at the end.</summary>
    private bool Advance()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or OverflowException)
        {
            // The library's scanner meets some broken texts with exceptions of the runtime.
            throw Invalid($"not valid YAML: {Excerpt.Of(e.Message)}", At(_parser.Current?.Start ?? Mark.Empty));
        }
    }

    /// <summary>Builds the node whose event is current, and leaves its last event current.</summary>
    private SettingsNode Node(int depth)
    {
        ParsingEvent current = _parser.Current!;
        string location = At(current.Start);
        if (depth > MaxDepth)
        {
            throw Invalid($"nested deeper than {MaxDepth}", location);
        }

        if (current is AnchorAlias || current is NodeEvent { Anchor.IsEmpty: false })
        {
            throw Invalid(
                "anchors and aliases (& and *) are not accepted; write the value out, or use 'inherits'",
                location);
        }

        // A quoted scalar carries the non-specific tag; any other tag asks for a type of its own.
        if (current is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } })
        {
            throw Invalid("tags (!) are not accepted", location);
        }

        return current switch
        {
            Scalar scalar => new SettingsScalar(scalar.Value, scalar.Style is ScalarStyle.Plain, location),
            SequenceStart => List(depth, location),
            _ => Map(depth, location),
        };
    }

    private SettingsList List(int depth, string location)
    {
        List<SettingsNode> items = [];
        while (Advance() && _parser.Current is not SequenceEnd)
        {
            items.Add(Node(depth + 1));
        }

        return new SettingsList(items, location);
    }

    private SettingsMap Map(int depth, string location)
    {
        List<SettingsEntry> entries = [];
        Dictionary<string, string> seen = new(StringComparer.Ordinal);
        while (Advance() && _parser.Current is not MappingEnd)
        {
            SettingsNode key = Node(depth + 1);
            if (key is not SettingsScalar { Text: var name })
            {
                throw Invalid($"a key is {key.InWords}; plain text is wanted", key.Location);
            }

            Advance();
            SettingsNode value = Node(depth + 1);
            if (seen.TryAdd(name, key.Location))
            {
                entries.Add(new SettingsEntry(name, key.Location, value));
            }
            else
            {
                _bag.Error(
                    Codes.SettingsInvalid,
                    $"the key '{Excerpt.Of(name)}' stands twice; first at {seen[name]}", key.Location);
            }
        }

        return new SettingsMap(entries, location);
    }

    private string At(Mark mark) => $"{_file}:{Math.Max(1, mark.Line)}:{Math.Max(1, mark.Column)}";

    private static CompilationException Invalid(string message, string location) =>
        new(Codes.SettingsInvalid, message, location);
}
