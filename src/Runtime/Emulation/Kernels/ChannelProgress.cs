namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>How far a product has come in one channel.</summary>
internal enum ChannelProgress
{
    /// <summary>There may be more tiles in the ring.</summary>
    Open,

    /// <summary>The ring has run dry before the last tile.</summary>
    Dry,

    /// <summary>The last tile has been taken.</summary>
    Finished,
}
