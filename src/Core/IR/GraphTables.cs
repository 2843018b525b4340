using Flightc.Numerics;

namespace Flightc.IR;

/// <summary>
/// What of a quantised Graph lies in the tables of DDR, in the order in which it lies there: docs/memory.md §4. Whoever maps a Graph
/// and whoever reads an image's tables back ask here, so that they agree.
/// </summary>
/// <param name="Embedding">The table of the embedding.</param>
/// <param name="Rotary">The angles of every table of cosines and sines, in order of first use; none where nothing is rotated.</param>
/// <param name="Positions">The table of learned positions, or null.</param>
/// <param name="PositionOffset">Its rows before that of position 0.</param>
/// <param name="Vectors">Weights and biases of norms of whole rows, then weights of norms of heads, then biases of products, each in
/// order of first use. So vectors that belong to one layer and are divided alike are neighbours, and one load can bring several.</param>
public sealed record GraphTables(
    Weight Embedding, IReadOnlyList<RotaryAngles> Rotary, Weight? Positions, int PositionOffset, IReadOnlyList<Weight> Vectors)
{
    /// <summary>Rows of the table of learned positions that a sequence can need; 0 where there is none.</summary>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    public int PositionRows(int contextLength) => Positions is null ? 0 : checked(contextLength + PositionOffset);

    /// <summary>Reads them off a Graph.</summary>
    /// <exception cref="ArgumentException">The Graph has no embedding, or more than one table of embeddings or positions.</exception>
    public static GraphTables Of(Graph graph)
    {
        Node[] embeddings = [.. graph.Nodes.Where(n => n.Op is Embedding)];
        Node[] positions = [.. graph.Nodes.Where(n => n.Op is AddPositions)];
        if (embeddings.Length != 1 || positions.Length > 1)
        {
            throw new ArgumentException(
                $"there are {embeddings.Length} embeddings and {positions.Length} tables of positions; one of the former and at most one of the latter is wanted",
                nameof(graph));
        }

        return new GraphTables(
            Operand(embeddings[0], 1),
            [.. graph.Nodes.Select(n => n.Op).OfType<RotaryQuantize>().Select(op => op.Angles).Distinct()],
            positions.Length == 0 ? null : Operand(positions[0], 1),
            positions.Length == 0 ? 0 : ((AddPositions)positions[0].Op).Offset,
            [
                .. graph.Nodes.SelectMany(n => n.Op switch
                    {
                        RmsNormQuantize or RmsNorm { HeadDim: 0 } or LayerNorm { HasBias: false } => [(0, Operand(n, 1))],
                        LayerNorm => [(0, Operand(n, 1)), (0, Operand(n, 2))],
                        RmsNorm => [(1, Operand(n, 1))],
                        Linear { HasBias: true } => [(2, Operand(n, 2))],
                        _ => Array.Empty<(int Kind, Weight Weight)>(),
                    })
                    .OrderBy(v => v.Item1).Select(v => v.Item2).Distinct(),
            ]);

        Weight Operand(Node node, int number) => graph.WeightOf(node.Operands[number])!;
    }
}
