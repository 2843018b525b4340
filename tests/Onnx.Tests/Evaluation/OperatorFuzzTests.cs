using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>Operators with wrong shapes, attributes and values: the answer is a result or a coded error.</summary>
/// <remarks>FLIGHTC_FUZZ is the number of calls of all operators together. Every one can be made again from its number.</remarks>
public sealed class OperatorFuzzTests
{
    private const int DefaultCount = 3_000;
    private const long ElementLimit = 1 << 12;

    private static int Count => Environment.GetEnvironmentVariable("FLIGHTC_FUZZ") is { Length: > 0 } wanted ? int.Parse(wanted, CultureInfo.InvariantCulture) : DefaultCount;

    [Fact]
    public void Random_calls_end_in_a_result_or_a_coded_error()
    {
        OperatorDefinition[] definitions = [.. OperatorTable.All.Where(d => d.Name != "If")];
        HashSet<string> evaluated = [];
        List<string> escaped = [];
        for (int i = 0; i < Count && escaped.Count < 20; i++)
        {
            OperatorDefinition definition = definitions[i % definitions.Length];
            RandomCall call = RandomCall.Of(definition, i);
            if (Judge(call.Node, call.Inputs, i, escaped))
            {
                evaluated.Add($"{definition.Domain}.{definition.Name}");
            }
        }

        Assert.True(escaped.Count == 0, string.Join('\n', escaped));

        // Luck must not be so bad that nothing is evaluated: most operators take part.
        Assert.True(Count < DefaultCount || evaluated.Count > definitions.Length / 2, $"only {evaluated.Count} of {definitions.Length} operators gave a result");
    }

    [Fact]
    public void Node_tests_with_something_changed_end_in_a_result_or_a_coded_error()
    {
        (OnnxNode Node, IReadOnlyList<OnnxTensor?> Inputs)[] calls =
            [.. NodeTest.All(TestData.Wider("onnx", "backend")).Select(t => t.SingleCall()).Where(c => c.Inputs.Count > 0)];
        List<string> escaped = [];
        for (int i = 0; i < Count && escaped.Count < 20; i++)
        {
            MutatedCall call = MutatedCall.Of(calls[i % calls.Length].Node, calls[i % calls.Length].Inputs, i);
            Judge(call.Node, call.Inputs, i, escaped);
        }

        Assert.True(calls.Length > 400, $"only {calls.Length} node tests are of one node");
        Assert.True(escaped.Count == 0, string.Join('\n', escaped));
    }

    [Fact]
    public void Calls_of_additional_operators_with_something_changed_end_in_a_result_or_a_coded_error()
    {
        List<string> escaped = [];
        for (int i = 0; i < Count && escaped.Count < 20; i++)
        {
            (OnnxNode node, IReadOnlyList<OnnxTensor?> inputs) = MicrosoftCalls.All[i % MicrosoftCalls.All.Count];
            Assert.True(i >= MicrosoftCalls.All.Count || Judge(node, inputs), $"{node.OpType} is wrong as it is");
            MutatedCall call = MutatedCall.Of(node, inputs, i);
            Judge(call.Node, call.Inputs, i, escaped);
        }

        Assert.True(escaped.Count == 0, string.Join('\n', escaped));
    }

    private static bool Judge(OnnxNode node, IReadOnlyList<OnnxTensor?> inputs, int number, List<string> escaped)
    {
        try
        {
            return Judge(node, inputs);
        }
#pragma warning disable CA1031 // Any exception is the finding.
        catch (Exception e)
        {
            string where = string.Join(" < ", (e.StackTrace ?? "").Split('\n').Take(4).Select(l => l.Trim()));
            escaped.Add($"call {number} of {node.OpType}: {e.GetType().Name}: {e.Message} {where}");
            return false;
        }
#pragma warning restore CA1031
    }

    private static bool Judge(OnnxNode node, IReadOnlyList<OnnxTensor?> inputs)
    {
        try
        {
            IReadOnlyList<OnnxTensor?> results = new Evaluator(ElementLimit).RunNode(node, inputs);
            IReadOnlyList<OnnxTensorType?> types = new Evaluator(ElementLimit).ShapeOf(
                node, [.. inputs.Select(i => i is null ? null : OnnxTensorType.Of(i))], inputs);
            for (int i = 0; i < results.Count; i++)
            {
                Assert.Equal(types[i], results[i] is { } result ? OnnxTensorType.Of(result) : null);
                Assert.True(results[i] is not { } value || value.Data.Length == value.ElementType.ByteCount(value.ElementCount), $"{node.OpType} has other bytes than its shape says");
            }

            return true;
        }
        catch (CompilationException e)
        {
            Assert.All(e.Diagnostics, d => Assert.Matches("^FLC150[2-6]$", d.Code));
            Assert.All(e.Diagnostics, d => Assert.Equal("node", d.Location));
            return false;
        }
    }
}
