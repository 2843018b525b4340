using System.Text;

namespace Flightc.Tests.Filetests;

/// <summary>
/// A file of cases. Its first line is <c>; test: COMMAND ARGUMENTS</c>; a case is an input, a line <c>; expect:</c>, and the
/// expected output as comments up to the next line that is none.
/// </summary>
internal sealed class Fixture
{
    private const string Test = "; test: ";
    private const string Expect = "; expect:";
    private const string Change = "; change: ";

    private Fixture(string path, string[] command, IReadOnlyList<Case> cases) => (Path, Command, Cases) = (path, command, cases);

    public string Path { get; }

    /// <summary>The command's words, its name first.</summary>
    public string[] Command { get; }

    public IReadOnlyList<Case> Cases { get; }

    public static Fixture Read(string path)
    {
        string[] lines = File.ReadAllText(path).TrimEnd('\n').Split('\n');
        Assert.True(lines[0].StartsWith(Test, StringComparison.Ordinal), $"{path}: the first line is '{Test}COMMAND'");
        List<Case> cases = [];
        int at = 1;
        while (at < lines.Length)
        {
            int expect = Array.FindIndex(lines, at, line => line == Expect);
            Assert.True(expect >= 0, $"{path}:{at + 1}: no '{Expect}' follows this input");
            int end = expect + 1;
            while (end < lines.Length && lines[end].StartsWith(';'))
            {
                end++;
            }

            string input = string.Concat(lines[at..expect].Select(line => line + "\n"));
            string expected = string.Concat(lines[(expect + 1)..end].Select(line => (line.Length > 2 ? line[2..] : "") + "\n"));
            cases.Add(new Case(at + 1, input, expected));
            at = end;
        }

        return new Fixture(path, lines[0][Test.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries), cases);
    }

    /// <summary>What a case hands to its command: its text, or the file's first one with the changes that it asks for.</summary>
    public string InputOf(Case one)
    {
        string[] changes = [.. one.Input.Split('\n').Where(line => line.StartsWith(Change, StringComparison.Ordinal))];
        string input = changes.Length == 0 ? one.Input : Cases[0].Input;
        foreach (string change in changes)
        {
            string[] sides = [.. change[Change.Length..].Split(" => ").Select(side => side.Replace("\\n", "\n", StringComparison.Ordinal))];
            Assert.True(sides.Length == 2 && input.Contains(sides[0], StringComparison.Ordinal), $"{Path}:{one.Line}: nothing to change for '{change}'");
            input = input.Replace(sides[0], sides[1], StringComparison.Ordinal);
        }

        return input;
    }

    /// <summary>The file with these outputs as expectations.</summary>
    public string With(IReadOnlyList<string> outputs)
    {
        StringBuilder text = new(Test + string.Join(' ', Command) + "\n");
        for (int i = 0; i < Cases.Count; i++)
        {
            text.Append(Cases[i].Input).Append(Expect).Append('\n');
            foreach (string line in outputs[i].TrimEnd('\n').Split('\n'))
            {
                text.Append(line.Length > 0 ? $"; {line}\n" : ";\n");
            }
        }

        return text.ToString();
    }

    /// <param name="Line">Where the input begins in the file.</param>
    /// <param name="Input">With the comments before it.</param>
    /// <param name="Expected">Every line ending in a line feed.</param>
    internal sealed record Case(int Line, string Input, string Expected);
}
