namespace Flightc.FlightLlm;

/// <summary>The published template of a linear layer with one token (<c>linear_mv</c>).</summary>
/// <remarks>
/// Vector and biases are loaded; then for every group of 512 outputs and every run of K: weights through all channels, and an
/// MV that accumulates. After the last run of a group follows what is fused. The layer is stored once.
/// </remarks>
internal static class LinearMv
{
    /// <summary>Writes the layer.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="plan">Its tiles.</param>
    /// <param name="firstWaits">What the first load waits for.</param>
    public static void Write(TemplateWriter writer, VectorPlan plan, PublishedUnits firstWaits)
    {
        Opening(writer, plan.Layer, firstWaits);
        for (int tile = 0; tile < plan.Tiles; tile++)
        {
            plan.Load(writer, tile, tile >= plan.Ring ? PublishedUnits.Vector : PublishedUnits.None, PublishedUnits.Vector);
            Compute(writer, plan, tile, tile + plan.Ring < plan.Tiles ? PublishedUnits.Load : PublishedUnits.None);
        }

        Closing(writer, plan.Layer);
    }

    /// <summary>
    /// Loads the first tiles before anything of the layer that waits for a barrier. They give no tokens: the vector, which the
    /// first MV needs as well, is loaded after them.
    /// </summary>
    /// <param name="writer">Where.</param>
    /// <param name="plan">The layer's tiles.</param>
    /// <param name="ring">Tiles that the buffer holds for all layers.</param>
    /// <param name="loaded">Tiles loaded before these, in all layers.</param>
    public static void LoadAhead(TemplateWriter writer, VectorPlan plan, int ring, long loaded)
    {
        for (int tile = 0; tile < Math.Min(ring, plan.Tiles); tile++)
        {
            plan.Load(writer, tile, loaded + tile >= ring ? PublishedUnits.Vector : PublishedUnits.None, PublishedUnits.None);
        }
    }

    /// <summary>Writes the layer without the tiles of <see cref="LoadAhead"/>.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="plan">Its tiles.</param>
    /// <param name="ring">Tiles that the buffer holds for all layers.</param>
    /// <param name="left">Tiles of this layer and of all after it.</param>
    /// <param name="firstWaits">What the vector's load waits for.</param>
    public static void WriteAfterAhead(TemplateWriter writer, VectorPlan plan, int ring, long left, PublishedUnits firstWaits)
    {
        Opening(writer, plan.Layer, firstWaits);
        int ahead = Math.Min(ring, plan.Tiles);
        for (int tile = 0; tile < ahead; tile++)
        {
            writer.Load(PublishedOperation.LoadMarker, 0, false, PublishedUnits.None, PublishedUnits.Vector);
        }

        for (int tile = 0; tile < plan.Tiles; tile++)
        {
            if (tile >= ahead)
            {
                plan.Load(writer, tile, PublishedUnits.Vector, PublishedUnits.Vector);
            }

            Compute(writer, plan, tile, tile + ring < left ? PublishedUnits.Load : PublishedUnits.None);
        }

        Closing(writer, plan.Layer);
    }

    private static void Opening(TemplateWriter writer, LinearLayer layer, PublishedUnits firstWaits)
    {
        writer.Load(PublishedOperation.LoadActivations, layer.Inputs, true, firstWaits, PublishedUnits.None);
        if (layer.HasBias)
        {
            writer.Load(PublishedOperation.LoadBias, layer.Outputs * 4L, false, PublishedUnits.None, PublishedUnits.None);
        }
    }

    private static void Compute(TemplateWriter writer, VectorPlan plan, int tile, PublishedUnits slot)
    {
        FusedOperation fused = plan.Layer.Fused;
        bool isLast = tile == plan.Tiles - 1;
        PublishedUnits next = !plan.IsLastOfGroup(tile) ? PublishedUnits.None
            : fused != FusedOperation.None ? PublishedUnits.Misc
            : isLast ? PublishedUnits.Store : PublishedUnits.None;
        int columns = writer.Target.Array.VectorTileColumns;
        writer.Multiply(
            PublishedUnit.Vector, plan.BlocksOf(tile) * Tile.Block, columns, plan.Layer.Kept, false, PublishedUnits.Load, slot | next);
        if (!plan.IsLastOfGroup(tile) || fused == FusedOperation.None)
        {
            return;
        }

        int operands = TemplateWriter.OperandsOf(fused);
        for (int i = 0; i < operands; i++)
        {
            // Each channel loads the whole operand, in the released generator.
            writer.LoadAll(PublishedOperation.LoadActivations, writer.Channels, columns, PublishedUnits.None, PublishedUnits.Misc);
        }

        writer.Fused(
            fused, columns, PublishedUnits.Vector, operands > 0 ? PublishedUnits.Load : PublishedUnits.None, isLast ? PublishedUnits.Store : PublishedUnits.None);
    }

    private static void Closing(TemplateWriter writer, LinearLayer layer) => writer.Store(
        PublishedOperation.StoreActivations, layer.Outputs,
        layer.Fused == FusedOperation.None ? PublishedUnits.Vector : PublishedUnits.Misc, PublishedUnits.System);
}
