namespace Flightc.FlightLlm;

/// <summary>Arithmetic of the published tiles.</summary>
internal static class Tile
{
    /// <summary>Side of the block in which everything is counted: 16 by 16 weights ("FSB").</summary>
    public const int Block = 16;

    /// <summary>⌈value ÷ unit⌉.</summary>
    public static int Ceiling(int value, int unit) => (value + unit - 1) / unit;

    /// <summary>
    /// Cuts the K of a linear layer into runs of blocks, so that at least two tiles fit a buffer: the published rule.
    /// </summary>
    /// <param name="blocks">K in blocks.</param>
    /// <param name="dataAddresses">Addresses of the data buffer that a dense block of one tile takes when the first guess is made.</param>
    /// <param name="addresses">The same when the guess is checked, which counts one of the rounds over the channels.</param>
    /// <param name="metaAddresses">Addresses of the meta buffer for a block. Counted although no index is loaded.</param>
    /// <param name="depth">Addresses of either buffer.</param>
    /// <returns>The blocks of a run (the last has what is left), and how many tiles the buffers hold.</returns>
    public static (int Run, int Ring) Split(int blocks, int dataAddresses, int addresses, int metaAddresses, int depth)
    {
        int splits = Ceiling(blocks * dataAddresses, depth / 2);
        while (true)
        {
            int run = blocks / splits;
            int data = depth / (run * addresses);
            int meta = depth / (run * metaAddresses);
            if (data >= 2 && meta >= 2)
            {
                int fsb = depth / Ceiling(blocks, Ceiling(blocks, run));
                return (run, Math.Min(data, Math.Min(meta, fsb)));
            }

            splits++;
        }
    }
}
