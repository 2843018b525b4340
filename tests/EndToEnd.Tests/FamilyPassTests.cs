namespace Flightc.Tests;

/// <summary>Every family goes through every pass of the Graph.</summary>
public sealed class FamilyPassTests
{
    public static TheoryData<string> Families => [.. FamilyCheckpoints.All.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_family_is_quantised(string family)
    {
        using WorkFolder folder = new();
        FamilyCheckpoints.All[family]().Write(folder.Root, 3);

        CommandRun.Of(
            "compile", folder.Root, "-t", "tiny", "-r", "w8", "--max-length", "64", "--dump-dir", folder["dumps"], "--until", "quantize-activations").Succeeds();

        string graph = File.ReadAllText(Directory.GetFiles(folder["dumps"], "*-quantize-activations.graph").Single());
        Assert.StartsWith($"graph \"{family}\" context=64\n", graph, StringComparison.Ordinal);
        Assert.Contains("] 8g", graph, StringComparison.Ordinal);
    }
}
