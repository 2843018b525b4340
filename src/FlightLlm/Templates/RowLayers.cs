namespace Flightc.FlightLlm;

/// <summary>The published templates of norms (<c>misc</c>) and of joins with the cache (<c>concat</c>).</summary>
internal static class RowLayers
{
    /// <summary>A norm: every row is loaded into the global buffer, computed in place and stored.</summary>
    public static void WriteNorm(TemplateWriter writer, NormLayer layer, PublishedUnits firstWaits)
    {
        PublishedBuffers buffers = writer.Target.Buffers;
        int perAddress = writer.Target.Array.SpecialLanes * buffers.Channels;
        int ring = buffers.GlobalDepth / Tile.Ceiling(layer.Width, perAddress);
        for (int row = 0; row < layer.Tokens; row++)
        {
            bool fills = row >= ring;
            bool frees = row + ring < layer.Tokens;
            writer.Load(
                PublishedOperation.LoadActivations, layer.Width, false,
                (fills ? PublishedUnits.Misc : PublishedUnits.None) | (row == 0 ? firstWaits : PublishedUnits.None), PublishedUnits.Misc);
            writer.Misc(
                PublishedOperation.RmsNorm, layer.Width, PublishedUnits.Load | (fills ? PublishedUnits.Store : PublishedUnits.None),
                PublishedUnits.Store | (frees ? PublishedUnits.Load : PublishedUnits.None));
            writer.Store(
                PublishedOperation.StoreActivations, layer.Width, PublishedUnits.Misc,
                (frees ? PublishedUnits.Misc : PublishedUnits.None) | (row == layer.Tokens - 1 ? PublishedUnits.System : PublishedUnits.None));
        }
    }

    /// <summary>A join: modelled as loading all that is in the cache, and a store of nothing.</summary>
    public static void WriteConcat(TemplateWriter writer, ConcatLayer layer, PublishedUnits firstWaits)
    {
        long perChannel = (layer.PastBytes + writer.Channels - 1) / writer.Channels;
        writer.LoadAll(PublishedOperation.LoadCache, writer.Channels, perChannel, firstWaits, PublishedUnits.None);
        writer.Store(PublishedOperation.StoreCache, 0, PublishedUnits.None, PublishedUnits.System);
    }
}
