namespace Flightc.Schedules;

/// <summary>What one matrix product consumes of the weight streams, in the order of the streams.</summary>
/// <param name="Name">Role, such as <c>layers.0.attn.qkv</c>.</param>
/// <param name="Columns">K.</param>
/// <param name="Alternate">Whether blocks of the two parts alternate.</param>
/// <param name="FirstBlock">First block, in each part of each core, of this piece.</param>
/// <param name="BlockCount">The most blocks per part; a core may have fewer.</param>
/// <param name="Parts">Runs of rows.</param>
public sealed record Product(
    string Name, long Columns, bool Alternate, int FirstBlock, int BlockCount, IReadOnlyList<ProductPart> Parts)
{
    /// <summary>A <see cref="BlockCount"/> that takes all blocks of every core.</summary>
    public const int AllBlocks = int.MaxValue / Schedule.BlockRows;
}
