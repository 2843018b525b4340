using System.Globalization;
using System.Text;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Compression;

/// <summary>
/// Losses as a file: comma-separated values, a line <c>role,format,loss</c> and then one for every weight and format
/// (docs/allocation.md §2).
/// </summary>
public sealed class LossTable : ICandidateLoss
{
    private const string Header = "role,format,loss";
    private const int MostBytes = 1 << 26;

    private readonly string _path;
    private readonly Dictionary<(string Role, QuantizedFormat Format), double> _losses = [];
    private readonly Dictionary<string, List<QuantizedFormat>> _formats = new(StringComparer.Ordinal);

    private LossTable(string path) => _path = path;

    /// <summary>Reads a file.</summary>
    /// <exception cref="CompilationException">It cannot be read (FLC1001), or is no such table (FLC1208): every line that
    /// is wrong is named, up to a limit.</exception>
    public static LossTable Read(string path)
    {
        const int shown = 20;
        string[] lines = Encoding.UTF8.GetString(InputFile.ReadAll(path, MostBytes, Codes.LossTableInvalid)).Split('\n');
        LossTable table = new(path);
        DiagnosticBag bag = new();
        if (lines[0].TrimEnd('\r') != Header)
        {
            throw new CompilationException(
                Codes.LossTableInvalid, $"the first line is '{Excerpt.Of(lines[0])}', not '{Header}'", $"{path}:1",
                "write such a file with 'flightc allocate --write-losses'");
        }

        for (int i = 1; i < lines.Length && bag.Items.Count < shown; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (line.Length > 0 && table.Add(line) is { } problem)
            {
                bag.Error(Codes.LossTableInvalid, problem, string.Create(CultureInfo.InvariantCulture, $"{path}:{i + 1}"));
            }
        }

        bag.ThrowIfErrors();
        return table;
    }

    /// <summary>The file's text.</summary>
    /// <param name="losses">Weights, formats and losses, none twice.</param>
    public static string Text(IEnumerable<(string Role, QuantizedFormat Format, double Loss)> losses)
    {
        StringBuilder text = new(Header + "\n");
        foreach ((string role, QuantizedFormat format, double loss) in losses)
        {
            // The shortest form that reads back as the same number.
            text.Append(CultureInfo.InvariantCulture, $"{role},{format},{loss:R}\n");
        }

        return text.ToString();
    }

    /// <summary>The formats of a weight, in the order of the file; none where it is not in it.</summary>
    public IReadOnlyList<QuantizedFormat> FormatsOf(string role) => _formats.GetValueOrDefault(role) ?? [];

    /// <inheritdoc/>
    /// <exception cref="CompilationException">The table has no such line (FLC1208).</exception>
    public double LossOf(string role, QuantizedFormat format) => _losses.TryGetValue((role, format), out double loss)
        ? loss
        : throw new CompilationException(
            Codes.LossTableInvalid, $"there is no loss of '{Excerpt.Of(role)}' in the format '{format}'", _path,
            "add the line, or leave the format out of --candidates");

    private string? Add(string line)
    {
        string[] cells = line.Split(',');
        if (cells.Length != 3)
        {
            return $"the line has {cells.Length} values, not the 3 of '{Header}'";
        }

        if (QuantizedFormat.Parse(cells[1]) is not { IsKnown: true } format)
        {
            return $"'{Excerpt.Of(cells[1])}' is no format: they are {QuantizedFormat.KnownInWords}, such as 4g64 or 4g64 8:16";
        }

        if (!double.TryParse(cells[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double loss) || !(loss >= 0))
        {
            return $"'{Excerpt.Of(cells[2])}' stands where a loss from 0 is wanted";
        }

        if (!_losses.TryAdd((cells[0], format), loss))
        {
            return $"the loss of '{Excerpt.Of(cells[0])}' in the format '{format}' stands twice";
        }

        if (!_formats.TryGetValue(cells[0], out List<QuantizedFormat>? formats))
        {
            _formats.Add(cells[0], formats = []);
        }

        formats.Add(format);
        return null;
    }
}
