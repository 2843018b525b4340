using Flightc.Diagnostics;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Reading;

namespace Flightc.Onnx.Checks;

/// <summary>Operators of a model that are not known: one report for each, with the nodes that use it.</summary>
internal sealed class UnknownOperators
{
    private readonly SortedDictionary<(string Domain, string OpType, int Version), (List<string> Nodes, string Inputs)> _found = [];

    /// <summary>Adds a node.</summary>
    /// <param name="node">Its operator is not known.</param>
    /// <param name="inputs">What it is given, for people.</param>
    public void Add(OnnxNode node, string inputs)
    {
        (string, string, int) key = (node.Domain, node.OpType, node.Version);
        if (!_found.TryGetValue(key, out (List<string> Nodes, string Inputs) entry))
        {
            entry = ([], inputs);
            _found.Add(key, entry);
        }

        entry.Nodes.Add(node.Name);
    }

    /// <summary>Reports them, in order of their names (FLC1504).</summary>
    public void Report(Problems problems)
    {
        foreach (((string domain, string opType, int version), (List<string> nodes, string inputs)) in _found)
        {
            string elsewhere = OperatorTable.All.FirstOrDefault(d => d.Name == opType && d.Domain != domain) is { } other ? $"; the one of that name in {other.DomainName} is" : "";
            problems.Error(
                Codes.OnnxOperatorUnsupported,
                $"operator {Excerpt.Of(opType)} of {Excerpt.Of(OperatorDefinition.NameOfDomain(domain))} (opset {version}) is not supported{elsewhere}: {(nodes.Count == 1 ? "node" : "nodes")} {Excerpt.List(nodes)}{inputs}",
                UnsupportedAdvice.For(opType));
        }
    }
}
