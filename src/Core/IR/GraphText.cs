using System.Globalization;
using System.Text;
using Flightc.Diagnostics;

namespace Flightc.IR;

/// <summary>The text form of a <see cref="Graph"/>: one line per value, values by name (docs/graph.md).</summary>
/// <remarks>
/// <code>
/// graph "llama" context=512
/// input ids: i32[T]
/// weight embed.weight: bf16[1024,256] 4g64 sha256:...  ; from model.embed_tokens.weight
/// embed: f32[T,256] = embedding ids, embed.weight
/// return logits
/// </code>
/// A function of the graph alone, so equal graphs have equal texts, and <c>Print(Parse(Print(g)))</c> is
/// <c>Print(g)</c>.
/// </remarks>
public static class GraphText
{
    internal const string SourceMark = "; from ";

    /// <summary>The text, every line ending in a line feed.</summary>
    /// <param name="graph">Valid or not, so that a broken graph can be looked at.</param>
    /// <param name="sources">Whether to print where weights came from; leave them out to compare what two
    /// graphs compute.</param>
    public static string Print(Graph graph, bool sources = true)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"graph \"{Escape(graph.Name)}\" context={graph.ContextLength}\n");
        foreach (GraphInput input in graph.Inputs)
        {
            text.Append(CultureInfo.InvariantCulture, $"input {input.Name}: {input.Type}\n");
        }

        foreach (Weight weight in graph.Weights)
        {
            text.Append(CultureInfo.InvariantCulture, $"weight {weight.Name}: {weight.Type}");
            text.Append(weight.Format is { } format ? $" {format}" : "");
            text.Append(weight.Hash.Length > 0 ? $" sha256:{weight.Hash}" : "");
            text.Append(sources && weight.Source.Length > 0 ? $"  {SourceMark}{Escape(weight.Source)}" : "").Append('\n');
        }

        foreach (Node node in graph.Nodes)
        {
            text.Append(CultureInfo.InvariantCulture, $"{node.Name}: {node.Type} = {node.Op.Mnemonic} ");
            text.AppendJoin(", ", node.Operands.Select(graph.NameOf));
            IReadOnlyList<(string Name, string Value)> attributes = OpText.AttributesOf(node.Op);
            if (attributes.Count > 0)
            {
                text.Append(" {").AppendJoin(", ", attributes.Select(a => $"{a.Name}={a.Value}")).Append('}');
            }

            text.Append('\n');
        }

        text.Append("return ").AppendJoin(", ", graph.Outputs.Select(graph.NameOf)).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads a text and, unless told not to, verifies what it says.</summary>
    /// <param name="text">May come from anywhere.</param>
    /// <param name="location">What errors call the text: a file name.</param>
    /// <param name="verify">False to look at a graph that breaks rules of <see cref="GraphVerifier"/>.</param>
    /// <exception cref="CompilationException">
    /// <see cref="Codes.GraphText"/> with line and column, or everything <see cref="GraphVerifier"/> finds.
    /// </exception>
    public static Graph Parse(string text, string location, bool verify = true)
    {
        Graph graph = new GraphTextParser(location).Parse(text);
        if (verify)
        {
            GraphVerifier.ThrowIfInvalid(graph);
        }

        return graph;
    }

    /// <summary>Printable ASCII, with <c>\"</c>, <c>\\</c> and <c>\uXXXX</c> for the rest.</summary>
    internal static string Escape(string value)
    {
        StringBuilder text = new(value.Length);
        foreach (char c in value)
        {
            if (c is '"' or '\\')
            {
                text.Append('\\').Append(c);
            }
            else if (c is >= ' ' and <= '~')
            {
                text.Append(c);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
        }

        return text.ToString();
    }
}
