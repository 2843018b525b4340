using System.Text;

namespace Flightc.Tokenizers;

/// <summary>Which runs of spaces a <see cref="SpaceRunNormalizer"/> replaces.</summary>
internal enum SpaceRun
{
    /// <summary>At the start of the text: <c>\A +</c>.</summary>
    Leading,

    /// <summary>At its end: <c> +\z</c>.</summary>
    Trailing,

    /// <summary>Of two or more: <c> {2,}</c>.</summary>
    Repeated,
}

/// <summary>Puts a fixed text in the place of runs of spaces.</summary>
internal sealed class SpaceRunNormalizer(SpaceRun run, string content) : INormalizer
{
    /// <summary>The runs of a pattern; null for one that is not known.</summary>
    public static SpaceRun? Find(string expression) => expression switch
    {
        @"\A +" => SpaceRun.Leading,
        @" +\z" => SpaceRun.Trailing,
        " {2,}" => SpaceRun.Repeated,
        _ => null,
    };

    /// <inheritdoc/>
    public string Normalize(string text)
    {
        string kept = run switch
        {
            SpaceRun.Leading => text.TrimStart(' '),
            SpaceRun.Trailing => text.TrimEnd(' '),
            SpaceRun.Repeated => text,
        };
        bool isCut = kept.Length < text.Length;
        return run switch
        {
            SpaceRun.Leading => isCut ? content + kept : text,
            SpaceRun.Trailing => isCut ? kept + content : text,
            SpaceRun.Repeated => ReplaceRepeated(text),
        };
    }

    private string ReplaceRepeated(string text)
    {
        StringBuilder result = new(text.Length);
        for (int position = 0; position < text.Length;)
        {
            int length = text.AsSpan(position).IndexOfAnyExcept(' ');
            length = length < 0 ? text.Length - position : length;
            _ = length switch
            {
                0 => result.Append(text[position]),
                1 => result.Append(' '),
                _ => result.Append(content),
            };
            position += Math.Max(length, 1);
        }

        return result.ToString();
    }
}
