using System.Globalization;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>What is known of a Graph before it is mapped onto a machine.</summary>
/// <param name="Roles">What its nodes are for.</param>
/// <param name="Order">Its nodes as they are executed.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Vectors">Weights of norms, and biases.</param>
/// <param name="Tables">What lies in DDR.</param>
internal sealed record DecoderPlan(
    GraphRoles Roles, IReadOnlyList<StreamStep> Order, ModelShape Shape, VectorPlan Vectors, GraphTables Tables)
{
    /// <summary>The Graph.</summary>
    public Graph Graph => Roles.Graph;

    /// <summary>Reads a Graph.</summary>
    /// <param name="graph">Behind all passes.</param>
    /// <exception cref="CompilationException">It is no decoder that the mapping knows (FLC3002), with the node that is to blame.</exception>
    public static DecoderPlan Of(Graph graph)
    {
        GraphRoles roles = GraphRoles.Of(graph);
        if (graph.Nodes.Where(n => n.Op is AddPositions).Skip(1).FirstOrDefault() is { } second)
        {
            throw GraphRoles.Unknown(second, "there is one table of learned positions, behind the embedding");
        }

        IReadOnlyList<StreamStep> order = ResidualStream.Of(roles);
        ModelShape shape = ModelShape.Of(roles, order);
        GraphTables tables = GraphTables.Of(graph);
        if (tables.Positions is { } positions && positions.Type.Shape[0].Size < tables.PositionRows(graph.ContextLength))
        {
            throw new CompilationException(
                Codes.DoesNotFit,
                $"the table of positions has {positions.Type.Shape[0].Size} rows, and a sequence of {graph.ContextLength} tokens needs {tables.PositionRows(graph.ContextLength)}",
                positions.Name, string.Create(CultureInfo.InvariantCulture, $"use --max-length {positions.Type.Shape[0].Size - tables.PositionOffset} or less"));
        }

        return new DecoderPlan(roles, order, shape, VectorPlan.Of(roles, order, shape.IsGated), tables);
    }
}
