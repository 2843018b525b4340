namespace Flightc.FlightLlm;

/// <summary>The published template of attention with one token (<c>attention_mv</c>), and its variant by groups of heads.</summary>
/// <remarks>
/// All heads' queries, or scores, are loaded; then for every head keys or values through all channels and MVs of 512 outputs,
/// however many there are; after a head of scores its softmax. The layer is stored once. The count of tiles in the buffer begins
/// anew with every head.
/// </remarks>
internal static class AttentionMv
{
    // Groups that the A buffer holds at once.
    private const int GroupRing = 4;

    /// <summary>Writes the layer.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="firstWaits">What the first load waits for.</param>
    public static void Write(TemplateWriter writer, AttentionLayer layer, PublishedUnits firstWaits)
    {
        writer.Load(PublishedOperation.LoadActivations, (long)layer.Inputs * layer.Heads, true, firstWaits, PublishedUnits.None);
        if (writer.Options.AttentionByGroup)
        {
            WriteGroups(writer, layer);
        }
        else
        {
            WriteHeads(writer, layer);
        }

        writer.Store(
            PublishedOperation.StoreActivations, (long)layer.Outputs * layer.Heads,
            layer.MakesScores ? PublishedUnits.Misc : PublishedUnits.Vector, PublishedUnits.System);
    }

    private static void WriteHeads(TemplateWriter writer, AttentionLayer layer)
    {
        PublishedBuffers buffers = writer.Target.Buffers;
        int tiles = TilesOfHead(writer.Target, layer);
        int ring = buffers.Depth / (Tile.Block * layer.Inputs * VectorPlan.Rounds(writer.Target) / buffers.VectorChannelWidth);
        for (int head = 0; head < layer.Heads; head++)
        {
            bool isEnd = head == layer.Heads - 1;
            for (int tile = 0; tile < tiles; tile++)
            {
                bool isLast = tile == tiles - 1;
                LoadTile(writer, layer, tile, tile >= ring ? PublishedUnits.Vector : PublishedUnits.None);
                MultiplyTile(
                    writer, layer, PublishedUnits.Load,
                    (tile + ring < tiles ? PublishedUnits.Load : PublishedUnits.None) | (isLast ? After(layer, isEnd) : PublishedUnits.None));
            }

            Softmax(writer, layer, 1, isEnd ? PublishedUnits.Store : PublishedUnits.None);
        }
    }

    private static void WriteGroups(TemplateWriter writer, AttentionLayer layer)
    {
        (int KvHeads, int Heads, bool IsLast)[] groups = [.. Groups(writer, layer, GroupRing)];
        for (int i = 0; i < groups.Length; i++)
        {
            (int kvHeads, int heads, bool isEnd) = groups[i];
            LoadGroup(writer, layer, kvHeads, i >= GroupRing ? PublishedUnits.Vector : PublishedUnits.None);
            MultiplyGroup(
                writer, layer, heads, PublishedUnits.Load,
                (i + GroupRing < groups.Length ? PublishedUnits.Load : PublishedUnits.None) | After(layer, isEnd));
            Softmax(writer, layer, heads, isEnd ? PublishedUnits.Store : PublishedUnits.None);
        }
    }

    private static PublishedUnits After(AttentionLayer layer, bool isEnd) =>
        layer.MakesScores ? PublishedUnits.Misc : isEnd ? PublishedUnits.Store : PublishedUnits.None;

    /// <summary>MVs of a head.</summary>
    public static int TilesOfHead(PublishedTarget target, AttentionLayer layer) =>
        Tile.Ceiling(layer.Outputs, target.Array.VectorTileColumns);

    /// <summary>Loads keys or values for one MV of a head.</summary>
    public static void LoadTile(TemplateWriter writer, AttentionLayer layer, int tile, PublishedUnits waits)
    {
        int columns = writer.Target.Array.VectorTileColumns / Tile.Block;
        int first = writer.Target.LoadsPadding ? 0 : tile * columns;
        int present = Math.Min(columns, Tile.Ceiling(layer.Outputs, Tile.Block) - first);
        writer.LoadDealt(PublishedOperation.LoadCache, present, (long)Tile.Block * layer.Inputs, waits, PublishedUnits.Vector);
    }

    /// <summary>One MV of a head, padded to as many outputs as the instruction has.</summary>
    public static void MultiplyTile(TemplateWriter writer, AttentionLayer layer, PublishedUnits waits, PublishedUnits releases) =>
        writer.Multiply(
            PublishedUnit.Vector, layer.Inputs, writer.Target.Array.VectorTileColumns, 1, true, waits, releases);

    /// <summary>Cuts the heads into groups whose keys or values fill at most a slot of the A buffer.</summary>
    /// <param name="writer">Where they are written.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="ring">Slots of the buffer.</param>
    /// <returns>Key and value heads, query heads, and whether it is the last group.</returns>
    public static IEnumerable<(int KvHeads, int Heads, bool IsLast)> Groups(TemplateWriter writer, AttentionLayer layer, int ring)
    {
        PublishedBuffers buffers = writer.Target.Buffers;
        long slot = (long)buffers.Depth * buffers.VectorChannelWidth * buffers.Channels / ring;
        int most = (int)Math.Clamp(slot / ((long)layer.Inputs * layer.Outputs), 1, layer.KvHeads);
        for (int first = 0; first < layer.KvHeads; first += most)
        {
            int count = Math.Min(most, layer.KvHeads - first);
            yield return (count, count * (layer.Heads / layer.KvHeads), first + count == layer.KvHeads);
        }
    }

    /// <summary>Loads keys or values of a group, without padding.</summary>
    public static void LoadGroup(TemplateWriter writer, AttentionLayer layer, int kvHeads, PublishedUnits waits) =>
        writer.Move(
            PublishedUnit.Load, PublishedOperation.LoadCache, (long)layer.Inputs * layer.Outputs * kvHeads, waits, PublishedUnits.Vector, 1);

    /// <summary>Multiplies all heads of a group, padded to the array's outputs once.</summary>
    public static void MultiplyGroup(TemplateWriter writer, AttentionLayer layer, int heads, PublishedUnits waits, PublishedUnits releases)
    {
        int outputs = writer.Target.Array.VectorColumns;
        int columns = Tile.Ceiling(layer.Outputs * heads, outputs) * outputs;
        writer.Multiply(PublishedUnit.Vector, layer.Inputs, columns, 1, true, waits, releases);
    }

    /// <summary>Softmax of some heads, if the layer makes scores.</summary>
    public static void Softmax(TemplateWriter writer, AttentionLayer layer, int heads, PublishedUnits releases)
    {
        for (int head = 0; layer.MakesScores && head < heads; head++)
        {
            writer.Misc(
                PublishedOperation.Softmax, layer.Outputs, head == 0 ? PublishedUnits.Vector : PublishedUnits.None,
                head == heads - 1 ? releases : PublishedUnits.None);
        }
    }
}
