using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Flightc.Cli.Reports;

/// <summary>Writes HTML that is XML too: what is interpolated is text, never markup.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds markup; every value in braces is escaped.</summary>
    public void Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        // The handler has written into this writer already.
        _ = markup;
        _text.Append('\n');
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Literal parts are markup, values are text.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly HtmlWriter _writer;

        /// <summary>Begins.</summary>
        public Markup(int literalLength, int formattedCount, HtmlWriter writer)
        {
            _writer = writer;
            writer._text.EnsureCapacity(writer._text.Length + literalLength + formattedCount);
        }

        /// <summary>Adds markup.</summary>
        public void AppendLiteral(string markup) => _writer._text.Append(markup);

        /// <summary>Adds text; characters that no document may have become the replacement character.</summary>
        public void AppendFormatted(string text) => _writer._text.Append(WebUtility.HtmlEncode(Printable(text)));

        /// <summary>Adds a whole number.</summary>
        public void AppendFormatted(long number) => _writer._text.Append(number.ToString(CultureInfo.InvariantCulture));

        /// <summary>Adds a coordinate: one decimal.</summary>
        public void AppendFormatted(double number) => _writer._text.Append(number.ToString("0.#", CultureInfo.InvariantCulture));

        private static string Printable(string text) =>
            string.Create(text.Length, text, static (target, source) =>
            {
                for (int i = 0; i < source.Length; i++)
                {
                    bool isPair = char.IsSurrogate(source[i])
                        && (i > 0 && char.IsSurrogatePair(source[i - 1], source[i]) || i + 1 < source.Length && char.IsSurrogatePair(source[i], source[i + 1]));
                    bool isBad = char.IsControl(source[i]) || source[i] >= '\uFFFE' || (char.IsSurrogate(source[i]) && !isPair);
                    target[i] = isBad ? '\uFFFD' : source[i];
                }
            });
    }
}
