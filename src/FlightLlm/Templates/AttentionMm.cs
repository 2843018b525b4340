namespace Flightc.FlightLlm;

/// <summary>The published template of attention with several tokens (<c>attention_mm</c>).</summary>
/// <remarks>
/// For every head and every group of 128 rows: queries are loaded (rows without any key are left out), or scores, with zeros
/// where the mask has none; then for every block of 16 outputs, unless the mask leaves it out, keys or values come across
/// channels, and an MM; then for every block of 16 rows 16 softmaxes, and a store of what the mask has.
/// </remarks>
internal static class AttentionMm
{
    private const long Block = Tile.Block * Tile.Block;

    /// <summary>Writes the layer.</summary>
    public static void Write(TemplateWriter writer, AttentionLayer layer, AttentionMask mask, PublishedUnits firstWaits)
    {
        PublishedTarget target = writer.Target;
        int rows = Tile.Ceiling(layer.Tokens, Tile.Block);
        int group = target.Array.MatrixTileRows / Tile.Block;
        int outputs = Tile.Ceiling(layer.Outputs, Tile.Block);
        int blocks = Tile.Ceiling(layer.Inputs, Tile.Block);
        int ring = target.Buffers.Depth / (int)(blocks * Block / target.Buffers.MatrixBWidth);
        int room = target.Buffers.GlobalDepth / outputs;
        int groups = Tile.Ceiling(rows, group);
        PublishedUnits consumer = layer.MakesScores ? PublishedUnits.Misc : PublishedUnits.Store;
        PublishedUnits pending = firstWaits;
        bool[,] computed = new bool[rows, rows];
        for (int head = 0; head < layer.Heads; head++)
        {
            Read(mask, layer, layer.FirstHead + head, computed);
            for (int g = 0; g < groups; g++)
            {
                int first = g * group;
                int end = Math.Min(first + group, rows);
                PublishedUnits waits = pending | (g > 0 ? PublishedUnits.Matrix : PublishedUnits.None);
                LoadRows(writer, layer, computed, first, end, blocks, waits);
                pending = PublishedUnits.None;

                int count = 0;
                for (int output = 0; output < outputs; output++)
                {
                    count += IsNeeded(layer, computed, first, end, output) ? 1 : 0;
                }

                int done = 0;
                for (int output = 0; output < outputs; output++)
                {
                    if (!IsNeeded(layer, computed, first, end, output))
                    {
                        continue;
                    }

                    done++;
                    bool isLast = done == count;
                    writer.Load(
                        PublishedOperation.LoadCache, Block * blocks, true, done > ring ? PublishedUnits.Matrix : PublishedUnits.None, PublishedUnits.Matrix);
                    writer.Multiply(
                        PublishedUnit.Matrix, layer.Inputs, target.Array.MatrixTileColumns, 1, true,
                        PublishedUnits.Load | (g >= room && done == 1 ? consumer : PublishedUnits.None),
                        (done + ring <= count || (isLast && g + 1 < groups) ? PublishedUnits.Load : PublishedUnits.None)
                        | (isLast ? consumer : PublishedUnits.None));
                }

                bool isEnd = head == layer.Heads - 1 && g == groups - 1;
                StoreRows(writer, layer, computed, first, end, outputs, g + room < groups, isEnd);
            }
        }
    }

    private static void Read(AttentionMask mask, AttentionLayer layer, int head, bool[,] computed)
    {
        for (int query = 0; query < computed.GetLength(0); query++)
        {
            for (int key = 0; key < computed.GetLength(1); key++)
            {
                computed[query, key] = mask.IsComputed(layer.Block, head, query, key);
            }
        }
    }

    private static bool IsNeeded(AttentionLayer layer, bool[,] computed, int first, int end, int output)
    {
        bool isNeeded = !layer.MakesScores;
        for (int row = first; row < end && !isNeeded; row++)
        {
            isNeeded = computed[row, output];
        }

        return isNeeded;
    }

    private static int Count(bool[,] computed, int row)
    {
        int count = 0;
        for (int key = 0; key < computed.GetLength(1); key++)
        {
            count += computed[row, key] ? 1 : 0;
        }

        return count;
    }

    private static void LoadRows(
        TemplateWriter writer, AttentionLayer layer, bool[,] computed, int first, int end, int blocks, PublishedUnits waits)
    {
        for (int row = first; row < end; row++)
        {
            int present = Count(computed, row);
            if (layer.MakesScores)
            {
                if (present > 0)
                {
                    writer.Move(
                        PublishedUnit.Load, PublishedOperation.LoadActivations, Block * blocks, Take(ref waits), PublishedUnits.None, 1);
                }

                continue;
            }

            if (present < blocks)
            {
                writer.Move(
                    PublishedUnit.Load, PublishedOperation.ZeroFill, Block * (blocks - present), Take(ref waits), PublishedUnits.None, 1);
            }

            for (int key = 0; key < blocks; key++)
            {
                int start = key;
                while (key < blocks && computed[row, key])
                {
                    key++;
                }

                if (key > start)
                {
                    writer.Move(
                        PublishedUnit.Load, PublishedOperation.LoadActivations, Block * (key - start), Take(ref waits),
                        PublishedUnits.None, 1);
                }
            }
        }
    }

    private static void StoreRows(
        TemplateWriter writer, AttentionLayer layer, bool[,] computed, int first, int end, int outputs, bool frees, bool isEnd)
    {
        for (int row = first; row < end; row++)
        {
            int present = layer.MakesScores ? Count(computed, row) : outputs;
            if (present == 0)
            {
                continue;
            }

            bool isLast = row == end - 1;
            if (layer.MakesScores)
            {
                for (int i = 0; i < Tile.Block; i++)
                {
                    writer.Misc(
                        PublishedOperation.Softmax, present * Tile.Block,
                        i == 0 && row == first ? PublishedUnits.Matrix : PublishedUnits.None,
                        i < Tile.Block - 1 ? PublishedUnits.None
                            : PublishedUnits.Store | (frees && isLast ? PublishedUnits.Matrix : PublishedUnits.None));
                }
            }

            writer.Move(
                PublishedUnit.Store, PublishedOperation.StoreActivations, Block * present,
                layer.MakesScores ? PublishedUnits.Misc : row == first ? PublishedUnits.Matrix : PublishedUnits.None,
                (frees && isLast && !layer.MakesScores ? PublishedUnits.Matrix : PublishedUnits.None)
                | (isEnd && isLast ? PublishedUnits.System : PublishedUnits.None), 1);
        }
    }

    private static PublishedUnits Take(ref PublishedUnits waits)
    {
        PublishedUnits taken = waits;
        waits = PublishedUnits.None;
        return taken;
    }
}
