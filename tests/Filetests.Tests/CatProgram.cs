using Flightc.Isa;

namespace Flightc.Tests.Filetests;

/// <summary>Parses and prints a program; the print must survive the same.</summary>
internal sealed class CatProgram : SubTest
{
    public override string Name => "cat program";

    public override string Run(string input, string[] arguments)
    {
        string text = Assembly.Print(Assembly.Parse(input, Location));
        Assert.Equal(text, Assembly.Print(Assembly.Parse(text, Location)));
        return text;
    }
}
