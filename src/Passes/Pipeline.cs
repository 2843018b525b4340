using System.Diagnostics;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Which passes a graph goes through, in which order and why.</summary>
public static class Pipeline
{
    /// <summary>From the graph of the literature to the one that is scheduled.</summary>
    public static IReadOnlyList<IGraphPass> Graph { get; } =
    [
        new Canonicalize(),         // so that later passes meet one form of each pattern
        new FuseGate(),             // one sweep of the special-function unit instead of two
        new FuseResidual(),         // the residual is added while the product drains
        new QuantizeWeights(),      // decides, by the recipe, which matrices are integers
        new QuantizeActivations(),  // gives those matrices, and attention, INT8 operands
    ];

    /// <summary>Orders that matter. Where the list above breaks one, a test fails with the reason.</summary>
    public static IReadOnlyList<(string Before, string After, string Because)> Constraints { get; } =
    [
        ("canonicalize", "fuse-gate", "a dead second use would keep the pattern from being found"),
        ("canonicalize", "fuse-residual", "a dead second use would keep the pattern from being found"),
        ("fuse-gate", "quantize-activations", "codes are made of the fused value, never between silu and product"),
        ("fuse-residual", "quantize-activations", "a norm or a product must see all of its consumers"),
        ("quantize-weights", "quantize-activations", "only products with integer weights take INT8 activations"),
    ];

    /// <summary>The names of the graph passes, in order.</summary>
    public static IEnumerable<string> Names => Graph.Select(p => p.Name);

    /// <summary>Runs the graph passes, up to and including the one the observer wants to stop after.</summary>
    /// <exception cref="CompilationException">A pass cannot do what the recipe wants.</exception>
    /// <exception cref="InvalidOperationException">A pass failed or left a graph that breaks a rule: a bug of
    /// ours, named.</exception>
    public static Graph Run(Graph graph, PassContext context, PassObserver observer) =>
        Run(Graph, graph, context, observer);

    internal static Graph Run(
        IReadOnlyList<IGraphPass> passes, Graph graph, PassContext context, PassObserver observer)
    {
        observer.Finished("import", "graph", () => GraphText.Print(graph));
        foreach (IGraphPass pass in passes)
        {
            if (observer.IsStopped)
            {
                break;
            }

            long start = Stopwatch.GetTimestamp();
            graph = Run(pass, graph, context, observer.Verify);
            Graph result = graph;
            observer.Finished(pass.Name, "graph", () => GraphText.Print(result), Stopwatch.GetElapsedTime(start));
        }

        return graph;
    }

    private static Graph Run(IGraphPass pass, Graph graph, PassContext context, bool verify)
    {
        Graph result;
        try
        {
            result = pass.Run(graph, context);
        }
        catch (Exception e) when (e is not (CompilationException or OutOfMemoryException))
        {
            throw new InvalidOperationException($"the pass {pass.Name} failed: {e.Message}", e);
        }

        IReadOnlyList<Diagnostic> broken = verify ? GraphVerifier.Verify(result) : [];
        return broken.Count == 0
            ? result
            : throw new InvalidOperationException($"after the pass {pass.Name}:\n{string.Join('\n', broken)}");
    }
}
