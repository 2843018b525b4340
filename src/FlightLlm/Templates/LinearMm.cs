namespace Flightc.FlightLlm;

/// <summary>The published template of a linear layer with several tokens (<c>linear_mm</c>).</summary>
/// <remarks>
/// For every group of 128 rows the activations are loaded through all channels; then for every block of 16 outputs and every
/// run of K weights come across channels, and an MM; after the last run follows what is fused, and a store for every channel.
/// The last MM of a group gives the first load of the next its token.
/// </remarks>
internal static class LinearMm
{
    /// <summary>Writes the layer.</summary>
    public static void Write(TemplateWriter writer, LinearLayer layer, PublishedUnits firstWaits)
    {
        PublishedTarget target = writer.Target;
        int blocks = Tile.Ceiling(layer.Inputs, Tile.Block);
        int outputs = Tile.Ceiling(layer.Outputs, Tile.Block);
        int rows = Tile.Ceiling(layer.Tokens, Tile.Block);
        int group = target.Array.MatrixTileRows / Tile.Block;
        int data = 8 * 32 / target.Buffers.MatrixBWidth;
        int meta = 8 * 16 / target.Buffers.MetaWidth;
        (int run, int ring) = Tile.Split(blocks, data, data, meta, target.Buffers.Depth);
        int splits = Tile.Ceiling(blocks, run);
        int tiles = outputs * splits;
        int operands = TemplateWriter.OperandsOf(layer.Fused);
        PublishedUnits consumer = layer.Fused == FusedOperation.None ? PublishedUnits.Store : PublishedUnits.Misc;
        PublishedUnits pending = firstWaits;
        const long Block = Tile.Block * Tile.Block;
        if (layer.HasBias)
        {
            writer.Load(PublishedOperation.LoadBias, layer.Outputs * 4L, false, pending, PublishedUnits.None);
            pending = PublishedUnits.None;
        }

        for (int first = 0; first < rows; first += group)
        {
            int present = Math.Min(group, rows - first);
            writer.LoadAll(
                PublishedOperation.LoadActivations, present, Block * blocks, pending | (first > 0 ? PublishedUnits.Matrix : PublishedUnits.None),
                PublishedUnits.None);
            pending = PublishedUnits.None;
            for (int tile = 0; tile < tiles; tile++)
            {
                int output = tile / splits;
                bool isLast = tile % splits == splits - 1;
                int depth = isLast ? blocks - (run * (splits - 1)) : run;
                bool fills = output >= target.Buffers.GlobalDepth && isLast;
                bool startsNext = tile == tiles - 1 && first + group < rows;
                writer.Load(
                    PublishedOperation.LoadWeights, Block * depth, true, tile >= ring ? PublishedUnits.Matrix : PublishedUnits.None, PublishedUnits.Matrix,
                    layer.Kept);
                writer.Multiply(
                    PublishedUnit.Matrix, depth * Tile.Block, target.Array.MatrixTileColumns, layer.Kept, false,
                    PublishedUnits.Load | (fills ? consumer : PublishedUnits.None),
                    (isLast ? consumer : PublishedUnits.None) | (tile + ring < tiles || startsNext ? PublishedUnits.Load : PublishedUnits.None));
                if (!isLast)
                {
                    continue;
                }

                bool frees = output + target.Buffers.GlobalDepth < outputs;
                for (int i = 0; i < operands; i++)
                {
                    writer.LoadAll(PublishedOperation.LoadActivations, present, Block, PublishedUnits.None, PublishedUnits.Misc);
                }

                writer.Fused(
                    layer.Fused, present * Tile.Block, PublishedUnits.Matrix, operands > 0 ? PublishedUnits.Load : PublishedUnits.None,
                    PublishedUnits.Store | (frees ? PublishedUnits.Matrix : PublishedUnits.None));
                // The released generator stores only as many bytes of the last block of rows as it has rows.
                bool holdsLastRows = first + group >= rows;
                long last = holdsLastRows && target.LoadsPadding ? layer.Tokens - ((rows - 1) * Tile.Block) : Block;
                bool isEnd = output == outputs - 1 && holdsLastRows;
                writer.StoreAll(
                    present, Block, last, layer.Fused == FusedOperation.None ? PublishedUnits.Matrix : PublishedUnits.Misc,
                    (frees && layer.Fused == FusedOperation.None ? PublishedUnits.Matrix : PublishedUnits.None)
                    | (isEnd ? PublishedUnits.System : PublishedUnits.None));
            }
        }
    }
}
