namespace Flightc.FlightLlm;

/// <summary>The published templates of norms (<c>misc</c>) and of joins with the cache (<c>concat</c>).</summary>
internal static class RowLayers
{
    /// <summary>A norm: every row is loaded into the global buffer, computed in place and stored.</summary>
    public static void WriteNorm(TemplateWriter writer, NormLayer layer, UnitSet firstWaits)
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
                (fills ? UnitSet.Misc : UnitSet.None) | (row == 0 ? firstWaits : UnitSet.None), UnitSet.Misc);
            writer.Misc(
                PublishedOperation.RmsNorm, layer.Width, UnitSet.Load | (fills ? UnitSet.Store : UnitSet.None),
                UnitSet.Store | (frees ? UnitSet.Load : UnitSet.None));
            writer.Store(
                PublishedOperation.StoreActivations, layer.Width, UnitSet.Misc,
                (frees ? UnitSet.Misc : UnitSet.None) | (row == layer.Tokens - 1 ? UnitSet.Sys : UnitSet.None));
        }
    }

    /// <summary>A join: modelled as loading all that is in the cache, and a store of nothing.</summary>
    public static void WriteConcat(TemplateWriter writer, ConcatLayer layer, UnitSet firstWaits)
    {
        long perChannel = (layer.PastBytes + writer.Channels - 1) / writer.Channels;
        writer.LoadAll(PublishedOperation.LoadCache, writer.Channels, perChannel, firstWaits, UnitSet.None);
        writer.Store(PublishedOperation.StoreCache, 0, UnitSet.None, UnitSet.Sys);
    }
}
