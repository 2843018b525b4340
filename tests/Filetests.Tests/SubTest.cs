using Flightc.Diagnostics;

namespace Flightc.Tests.Filetests;

/// <summary>What a fixture's first line asks for. To add a command, derive and list it in <see cref="All"/>.</summary>
internal abstract class SubTest
{
    /// <summary>What input errors call the text of a case.</summary>
    protected const string Location = "input";

    public static IReadOnlyList<SubTest> All { get; } =
    [
        new CatGraph(), new VerifyGraph(), new RunPass(), new CatSchedule(), new VerifySchedule(), new RunTiler(), new RunEmitter(), new CatProgram(),
        new VerifyProgram(),
    ];

    /// <summary>The words that call it, such as <c>cat graph</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The output of one case.</summary>
    /// <param name="input">The text of the case.</param>
    /// <param name="arguments">The words after the name.</param>
    /// <exception cref="CompilationException">Its diagnostics are the output.</exception>
    public abstract string Run(string input, string[] arguments);

    /// <summary>What is compared with the expectation.</summary>
    public static string Output(Fixture fixture, Fixture.Case one)
    {
        string command = string.Join(' ', fixture.Command) + " ";
        SubTest test = All.Single(t => command.StartsWith(t.Name + " ", StringComparison.Ordinal));
        string[] arguments = fixture.Command[test.Name.Split(' ').Length..];
        try
        {
            return test.Run(fixture.InputOf(one), arguments);
        }
        catch (CompilationException e)
        {
            return string.Concat(e.Diagnostics.Select(d => d + "\n"));
        }
    }
}
