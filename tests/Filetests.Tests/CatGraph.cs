using Flightc.IR;

namespace Flightc.Tests.Filetests;

/// <summary>Parses and prints a graph; the print must survive the same.</summary>
internal sealed class CatGraph : SubTest
{
    public override string Name => "cat graph";

    public override string Run(string input, string[] arguments)
    {
        string text = GraphText.Print(GraphText.Parse(input, Location));
        Assert.Equal(text, GraphText.Print(GraphText.Parse(text, Location)));
        return text;
    }
}
