namespace Flightc.FlightLlm;

/// <summary>How the published template cuts a linear layer with one token into MV tiles.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Blocks">K in blocks of 16.</param>
/// <param name="Run">Blocks of K in a tile; the last of a group has what is left.</param>
/// <param name="Splits">Tiles of a group, one after another along K.</param>
/// <param name="Groups">Groups of outputs.</param>
/// <param name="Ring">Tiles that the buffers hold.</param>
internal sealed record VectorPlan(LinearLayer Layer, int Blocks, int Run, int Splits, int Groups, int Ring)
{
    /// <summary>Tiles of the layer.</summary>
    public int Tiles => Groups * Splits;

    /// <summary>Makes the plan by the published rule.</summary>
    public static VectorPlan Of(LinearLayer layer, PublishedTarget target)
    {
        PublishedBuffers buffers = target.Buffers;
        int rounds = Rounds(target);
        // A block holds at most 16 of 16 weights in 8 units of 2:16, each of 32 bytes of values and 16 of index.
        int data = 8 * (32 * rounds / buffers.VectorChannelWidth);
        int meta = 8 * (16 * rounds / buffers.MetaWidth) / rounds;
        int blocks = Tile.Ceiling(layer.Inputs, Tile.Block);
        (int run, int ring) = Tile.Split(blocks, data, data / rounds, meta, buffers.Depth);
        return new VectorPlan(
            layer, blocks, run, Tile.Ceiling(blocks, run), Tile.Ceiling(layer.Outputs, target.Array.VectorTileColumns), ring);
    }

    /// <summary>How often a tile goes round the channels.</summary>
    public static int Rounds(PublishedTarget target) =>
        Tile.Ceiling(target.Array.VectorTileColumns / Tile.Block, target.Buffers.Channels);

    /// <summary>Blocks of K in a tile.</summary>
    public int BlocksOf(int tile) => tile % Splits == Splits - 1 ? Blocks - (Run * (Splits - 1)) : Run;

    /// <summary>Whether a tile is the last of its group, which gives results.</summary>
    public bool IsLastOfGroup(int tile) => tile % Splits == Splits - 1;

    /// <summary>Loads the weights of a tile.</summary>
    public void Load(TemplateWriter writer, int tile, PublishedUnits waits, PublishedUnits releases)
    {
        int columns = writer.Target.Array.VectorTileColumns / Tile.Block;
        int outputs = Tile.Ceiling(Layer.Outputs, Tile.Block);
        // The released generator loads whole tiles even where the matrix ends within one, unless it ends within the first.
        int first = writer.Target.LoadsPadding ? 0 : tile / Splits * columns;
        int present = Math.Min(columns, outputs - first);
        long block = (long)BlocksOf(tile) * Tile.Block * Tile.Block;
        writer.LoadDealt(PublishedOperation.LoadWeights, present, block, waits, releases, Layer.Kept);
    }
}
