using Spectre.Console;

namespace Flightc.Cli.Terminal;

/// <summary>Tables on standard output: columns of words to the left, of numbers to the right.</summary>
internal static class Tables
{
    /// <summary>Writes a table.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="title">A line above it; none where empty.</param>
    /// <param name="columns">Headings; one that begins with <c>&gt;</c> stands above numbers.</param>
    /// <param name="rows">Cells.</param>
    public static void Write(Output output, string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Table table = new() { Border = TableBorder.None };
        foreach (string column in columns)
        {
            bool isNumber = column.StartsWith('>');
            TableColumn cell = new(new Text(isNumber ? column[1..] : column, new Style(decoration: Decoration.Bold)))
            {
                Alignment = isNumber ? Justify.Right : Justify.Left,
                NoWrap = isNumber,
                Padding = new Padding(2, 0, 0, 0),
            };
            table.AddColumn(cell);
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        if (title.Length > 0)
        {
            output.Results.WriteLine(title);
        }

        output.ResultConsole.Write(table);
        output.Results.WriteLine();
    }

    /// <summary>Writes names and values, a line each.</summary>
    public static void WriteFacts(Output output, params IReadOnlyList<(string Name, string Value)> facts)
    {
        int width = facts.Max(f => f.Name.Length);
        foreach ((string name, string value) in facts)
        {
            output.Results.WriteLine($"{name.PadRight(width)}  {value}");
        }

        output.Results.WriteLine();
    }
}
