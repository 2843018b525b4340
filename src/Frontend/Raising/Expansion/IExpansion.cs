using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Writes out an operator.</summary>
internal interface IExpansion
{
    /// <summary>Domains and names of the operators.</summary>
    IReadOnlyList<(string Domain, string Name)> Operators { get; }

    /// <summary>The nodes that a node stands for, or null where it is left as it is.</summary>
    /// <param name="node">Of one of the operators, in a data graph.</param>
    /// <param name="graph">Where it stands; takes constants that are needed.</param>
    /// <exception cref="Flightc.Diagnostics.CompilationException">The node asks for what cannot be raised.</exception>
    IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph);
}
