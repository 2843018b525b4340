using Flightc.IR;

namespace Flightc.Schedules;

/// <summary>A run of a weight's rows that belongs to a product.</summary>
/// <param name="Node">The Graph's node whose result these rows give.</param>
/// <param name="Weight">The weight.</param>
/// <param name="Partition">The partition that divides them among cores.</param>
/// <param name="Offset">The partition's element at which this part begins.</param>
/// <param name="Elements">Elements of the partition that belong to this part.</param>
/// <param name="RowsPerElement">Rows of the weight for one element of the partition: the head size for heads,
/// otherwise 1.</param>
/// <param name="Format">Bits and group size of the weight.</param>
public sealed record ProductPart(
    string Node, string Weight, string Partition, long Offset, long Elements, int RowsPerElement,
    QuantizedFormat Format);
