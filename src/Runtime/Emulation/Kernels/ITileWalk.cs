using Flightc.Diagnostics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>One thread's share of a product: it takes tiles off rings.</summary>
internal interface ITileWalk
{
    /// <summary>Takes tiles up to the last of the product, or for a while.</summary>
    /// <param name="ring">The ring of one channel.</param>
    /// <param name="budget">Bytes after which to stop, at the end of a tile.</param>
    /// <exception cref="CompilationException">A tile is damaged or is not one of this product (FLC4005).</exception>
    ChannelProgress Consume(ByteQueue ring, long budget);
}
