using System.Text;

namespace Flightc.Cli.Commands;

/// <summary>What <c>flightc --help</c> prints. It is laid out here, so that no command has to be declared for it.</summary>
internal static class RootHelp
{
    /// <summary>One sentence about the program.</summary>
    public const string Description =
        "flightc compiles large language models for FPGA cards: one command turns a model into one file that a card, or the emulator on any machine, executes.";

    /// <summary>Columns of a line of help.</summary>
    public const int Width = 110;

    private static readonly (string Words, string Meaning)[] Options =
    [
        ($"{RootOptions.Json}", RootOptions.JsonMeaning),
        ($"{RootOptions.QuietAlias}, {RootOptions.Quiet}", RootOptions.QuietMeaning),
        ($"{RootOptions.VerboseAlias}, {RootOptions.Verbose}", RootOptions.VerboseMeaning),
        ("-?, -h, --help", "Show help and usage information"),
        (RootOptions.Version, "Show version information"),
    ];

    private static readonly (string Line, string Meaning)[] FirstSteps =
    [
        ("flightc check samples/stories", "what is in the model, and whether it can be compiled"),
        ("flightc compile samples/stories -t u280", "into stories.flight"),
        ("flightc run stories.flight -p \"once upon a time\"", "on the emulator"),
    ];

    /// <summary>Writes it.</summary>
    public static void Write(TextWriter output)
    {
        output.WriteLine("Description:");
        WriteWrapped("", Description, 2, output);
        output.WriteLine();
        output.WriteLine("Usage:");
        output.WriteLine("  flightc [command] [options]");
        output.WriteLine();
        output.WriteLine("Options:");
        WriteColumns(Options, output);
        output.WriteLine("Commands:");
        WriteColumns([.. CommandTable.All.Select(c => ($"{c.Name} {c.Arguments}", c.Description))], output);
        WriteExamples(FirstSteps, output);
        output.WriteLine("Exit codes:");
        output.WriteLine(
            "  0 done   1 a difference, or a threshold missed   2 wrong use, or a file is missing   3 model, recipe, target or");
        output.WriteLine(
            "  length cannot be accepted   4 an image failed verification   5 a bug of flightc   6 disk, permission or memory");
        output.WriteLine("  130 interrupted");
    }

    /// <summary>Writes lines to copy, each with what it does.</summary>
    public static void WriteExamples(IReadOnlyList<(string Line, string Meaning)> examples, TextWriter output)
    {
        if (examples.Count == 0)
        {
            return;
        }

        output.WriteLine("Examples:");
        foreach ((string line, string meaning) in examples)
        {
            output.WriteLine($"  {line}");
            output.WriteLine($"      {meaning}");
        }

        output.WriteLine();
    }

    private static void WriteColumns((string Words, string Meaning)[] rows, TextWriter output)
    {
        int indent = rows.Max(r => r.Words.Length) + 4;
        foreach ((string words, string meaning) in rows)
        {
            WriteWrapped("  " + words, meaning, indent, output);
        }

        output.WriteLine();
    }

    private static void WriteWrapped(string head, string text, int indent, TextWriter output)
    {
        StringBuilder line = new(head.PadRight(indent));
        bool isFirst = true;
        foreach (string word in text.Split(' '))
        {
            if (!isFirst && line.Length + 1 + word.Length > Width)
            {
                output.WriteLine(line);
                line.Clear().Append(' ', indent);
                isFirst = true;
            }

            line.Append(isFirst ? "" : " ").Append(word);
            isFirst = false;
        }

        output.WriteLine(line);
    }
}
