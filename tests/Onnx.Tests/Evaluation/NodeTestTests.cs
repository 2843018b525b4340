using System.Globalization;
using System.Text;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>The ONNX project's own tests of its operators: every one passes, or is refused by name.</summary>
public sealed class NodeTestTests
{
    private const int TestCount = 1068;

    private static readonly Lazy<List<(NodeTest Test, NodeTestOutcome Outcome, string Explanation)>> Results = new(RunAll);

    [Fact]
    public void Every_node_test_of_the_standard_passes_or_is_refused()
    {
        List<(NodeTest Test, NodeTestOutcome Outcome, string Explanation)> results = All();

        Assert.Equal(TestCount, results.Count);
        string[] failed = [.. results.Where(r => r.Outcome == NodeTestOutcome.Failed).Select(r => $"{r.Test.Name}: {r.Explanation}")];
        Assert.True(failed.Length == 0, string.Join('\n', failed));
    }

    [Fact]
    public void Only_types_and_opsets_that_are_not_supported_are_refused()
    {
        string[] refused = [.. All().Where(r => r.Outcome == NodeTestOutcome.Refused).Select(r => r.Test.Name)];

        Assert.All(refused, name => Assert.Matches("FLOAT4E2M1|float4e2m1|e8m0|string|_opt$|_seq|^test_not_", name));
    }

    [Fact]
    public void The_table_of_node_tests_is_documented_as_it_is()
    {
        OperatorDocumentTests.Check(OperatorDocumentTests.NodeTests, Table(All()), isFirst: false);
    }

    private static List<(NodeTest Test, NodeTestOutcome Outcome, string Explanation)> All()
    {
        // Skips where the data are not there, before anything is run.
        TestData.Wider("onnx", "backend");
        return Results.Value;
    }

    private static List<(NodeTest Test, NodeTestOutcome Outcome, string Explanation)> RunAll() =>
    [
        .. NodeTest.All(TestData.Wider("onnx", "backend")).Select(test =>
        {
            NodeTestOutcome outcome = test.Run(out string explanation);
            return (test, outcome, explanation);
        }),
    ];

    private static string Table(List<(NodeTest Test, NodeTestOutcome Outcome, string Explanation)> results)
    {
        int Count(NodeTestOutcome outcome) => results.Count(r => r.Outcome == outcome);
        var refusals = results.Where(r => r.Outcome == NodeTestOutcome.Refused).GroupBy(r => Reason(r.Explanation)).OrderBy(g => g.Key, StringComparer.Ordinal).ToArray();
        int otherTypes = refusals.Where(g => g.Key.StartsWith("FLC1505", StringComparison.Ordinal)).Sum(g => g.Count());
        StringBuilder table = new();
        table.Append(CultureInfo.InvariantCulture, $"""
            {OperatorDocumentTests.NodeTests}

            The ONNX project tests its operators by {results.Count} small models with inputs and outputs (`onnx/backend/test/data/node`). They are run with its own tolerance,
            |a - b| ≤ 1e-7 + 1e-3 · |b| for every element type; element type and shape must be equal, and what is inferred for every node must be what comes out.

            | outcome | tests |
            |---|---|
            | passed | {Count(NodeTestOutcome.Passed)} |
            | refused with a code | {Count(NodeTestOutcome.Refused)} |
            | failed | {Count(NodeTestOutcome.Failed)} |

            Of the {results.Count - otherTypes} tests whose element types are supported {100.0 * Count(NodeTestOutcome.Passed) / (results.Count - otherTypes):F1} % pass. Refused are:

            | reason | tests |
            |---|---|

            """);
        foreach (var reason in refusals)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {reason.Key} | {string.Join(", ", reason.Select(r => r.Test.Name["test_".Length..]))} |\n");
        }

        return table.ToString();
    }

    private static string Reason(string explanation) => explanation switch
    {
        _ when explanation.Contains("element type float4e2m1", StringComparison.Ordinal) => "FLC1505: element type float4e2m1",
        _ when explanation.Contains("element type float8e8m0", StringComparison.Ordinal) => "FLC1505: element type float8e8m0",
        _ when explanation.Contains("element type string", StringComparison.Ordinal) => "FLC1505: element type string",
        _ when explanation.Contains("FLC1505", StringComparison.Ordinal) => "FLC1505: sequences and optional values",
        _ when explanation.Contains("Sequence", StringComparison.Ordinal) => "FLC1504: operators on sequences",
        _ => "FLC1504: opset 1",
    };
}
