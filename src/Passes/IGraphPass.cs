using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Turns a graph into an equivalent one, or into its quantised form.</summary>
public interface IGraphPass
{
    /// <summary>The class name in kebab case; also the name of its fixture and of its dumps.</summary>
    string Name { get; }

    /// <summary>A new graph; the given one is valid and stays as it is.</summary>
    /// <exception cref="Diagnostics.CompilationException">The user's wishes cannot be met.</exception>
    Graph Run(Graph graph, PassContext context);
}
