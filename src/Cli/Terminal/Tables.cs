using Spectre.Console;

namespace Flightc.Cli.Terminal;

/// <summary>Tables on standard output: words to the left of their column, numbers to the right.</summary>
internal static class Tables
{
    private const int Gap = 2;

    /// <summary>Writes a table.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="title">A line above it; none where empty.</param>
    /// <param name="columns">Headings; one that begins with <c>&gt;</c> stands above numbers.</param>
    /// <param name="rows">Cells.</param>
    public static void Write(
        Output output, string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Grid grid = new();
        foreach (string column in columns)
        {
            bool isNumber = column.StartsWith('>');
            grid.AddColumn(
                new GridColumn { Alignment = isNumber ? Justify.Right : Justify.Left, NoWrap = isNumber, Padding = new Padding(0, 0, Gap, 0) });
        }

        grid.AddRow(
            [.. columns.Select(column => new Text(column.TrimStart('>'), new Style(decoration: Decoration.Bold)))]);
        foreach (IReadOnlyList<string> row in rows)
        {
            grid.AddRow([.. row.Select(cell => new Text(cell))]);
        }

        if (title.Length > 0)
        {
            output.Results.WriteLine(title);
        }

        using StringWriter text = new();
        output.ConsoleFor(text).Write(grid);

        // A row is filled with spaces up to the width of the terminal, which other programs would have to cut off.
        foreach (string line in text.ToString().TrimEnd().Split('\n'))
        {
            output.Results.WriteLine(line.TrimEnd());
        }

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
