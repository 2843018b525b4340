using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Raising;

namespace Flightc.Tests.Raising;

/// <summary>What small ONNX graphs are understood to be: a file for each rule, with several ways to write the same. FLIGHTC_BLESS=1 rewrites what is expected.</summary>
public sealed class RewriteTests
{
    private const string Expected = "expect:";
    private const string Refused = "refused:";

    private static string Folder { get; } = Path.Combine(TestData.Repository, "tests", "Frontend.Tests", "Raising", "Rewrites");

    public static TheoryData<string> Files { get; } = [.. Directory.EnumerateFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Graphs_mean_what_their_file_says(string name)
    {
        string path = Path.Combine(Folder, name + ".txt");
        string[] cases = File.ReadAllText(path).Split("\n---\n");
        string[] found = [.. cases.Select(Evaluated)];
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            File.WriteAllText(path, string.Join("\n---\n", found));
        }

        Assert.Equal(cases, found);
    }

    [Fact]
    public void Every_rule_has_a_file()
    {
        string[] rules = [.. typeof(ILiftRule).Assembly.GetTypes().Where(t => typeof(ILiftRule).IsAssignableFrom(t) && t.IsClass).Select(t => t.Name)];
        string[] files = [.. Directory.EnumerateFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f))];

        Assert.DoesNotContain(rules, r => !files.Contains(r));
    }

    // The case with what it means behind it.
    private static string Evaluated(string text)
    {
        string graph = text[..text.IndexOf(Expected, StringComparison.Ordinal)];
        return $"{graph}{Expected}\n  {Meaning([.. graph.Split('\n').Where(l => !l.TrimStart().StartsWith(';'))])}\n";
    }

    private static string Meaning(string[] lines)
    {
        OnnxGraph graph = GraphNotation.Parse(lines);
        string output = graph.Outputs[0].Name;
        HashSet<string> used = Reachability.Of(graph, output);
        DecoderInputs inputs = DecoderInputs.Recognise(graph, used, "fixture");
        string[] meanings = [.. LengthChoice.Small(inputs).Select(lengths => Meaning(graph, inputs, used, output, lengths))];

        // What is refused for some lengths is refused.
        string? refused = Array.Find(meanings, m => m.StartsWith(Refused, StringComparison.Ordinal));
        Assert.True(refused is not null || meanings.All(m => m == meanings[0]), string.Join('\n', meanings));
        return refused ?? meanings[0];
    }

    private static string Meaning(OnnxGraph graph, DecoderInputs inputs, HashSet<string> used, string output, Lengths lengths)
    {
        try
        {
            Lifter lifter = Lifter.Run(Specialisation.Of(graph, inputs, used, lengths), inputs);
            return lifter.ViewOf(output) is { } view ? TermText.Of(view.Reduced()?.Term ?? view.Term)
                : lifter.Refusals.Count > 0 ? $"{Refused} {lifter.Refusals.Values.First().Problem}" : "not understood";
        }
        catch (CompilationException e)
        {
            return $"{Refused} {e.Diagnostics[0].Message}";
        }
    }
}
