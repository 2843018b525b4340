using Flightc.Diagnostics;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Reading;

namespace Flightc.Onnx.Checks;

/// <summary>Operators of a model that are not known: one report for each, with the nodes that use it.</summary>
internal sealed class UnknownOperators
{
    private readonly SortedDictionary<(string Domain, string OpType, int Version, bool IsBranch), (List<string> Nodes, string Inputs)> _found = [];

    /// <summary>Adds a node.</summary>
    /// <param name="node">Its operator is not known.</param>
    /// <param name="inputs">What it is given, for people.</param>
    /// <param name="isBranch">Whether it stands in a branch, which may never be taken.</param>
    public void Add(OnnxNode node, string inputs, bool isBranch)
    {
        (string, string, int, bool) key = (node.Domain, node.OpType, node.Version, isBranch);
        if (!_found.TryGetValue(key, out (List<string> Nodes, string Inputs) entry))
        {
            entry = ([], inputs);
            _found.Add(key, entry);
        }

        entry.Nodes.Add(node.Name);
    }

    /// <summary>Reports them, in order of their names (FLC1504): as warnings where they stand in branches only.</summary>
    public void Report(Problems problems)
    {
        foreach (((string domain, string opType, int version, bool isBranch), (List<string> nodes, string inputs)) in _found)
        {
            string elsewhere = OperatorTable.All.FirstOrDefault(d => d.Name == opType && d.Domain != domain) is { } other ? $"; the one of that name in {other.DomainName} is" : "";
            string who = $"operator {Excerpt.Of(opType)} of {Excerpt.Of(OperatorDefinition.NameOfDomain(domain))} (opset {version})";
            string message = $"{who} is not supported{elsewhere}: {(nodes.Count == 1 ? "node" : "nodes")} {Excerpt.List(nodes)}{inputs}";
            if (isBranch)
            {
                problems.Warning(Codes.OnnxOperatorUnsupported, $"{message}, in a branch that must not be taken", UnsupportedAdvice.For(opType));
            }
            else
            {
                problems.Error(Codes.OnnxOperatorUnsupported, message, UnsupportedAdvice.For(opType));
            }
        }
    }
}
