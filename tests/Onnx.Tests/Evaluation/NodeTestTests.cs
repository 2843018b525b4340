namespace Flightc.Tests.Onnx.Evaluation;

public sealed class NodeTestTests
{
    [Fact]
    public void Every_node_test_of_the_standard_passes_or_is_refused()
    {
        List<string> lines = [];
        int[] counts = new int[3];
        foreach (NodeTest test in NodeTest.All(TestData.Wider("onnx", "backend")))
        {
            NodeTestOutcome outcome;
            string difference;
            try { outcome = test.Run(out difference); } catch (Exception e) when (e is not Xunit.Sdk.IAssertionException) { outcome = NodeTestOutcome.Failed; difference = e.ToString().Replace("\n", " "); }
            counts[(int)outcome]++;
            if (outcome != NodeTestOutcome.Passed) lines.Add($"{outcome} {test.Name}: {difference}");
        }
        File.WriteAllLines("/work/lab/evaluator/nodes.txt", lines);
        Assert.Fail(string.Join(' ', counts));
    }
}
