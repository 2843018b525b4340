namespace Flightc.Container;

/// <summary>The bytes of a section in a mapped image. Valid until the image is disposed.</summary>
/// <param name="Name">The section.</param>
/// <param name="Start">First byte, aligned to 4096.</param>
/// <param name="Length">Number of bytes; can be above 2^31.</param>
public readonly unsafe record struct ImageSection(string Name, nint Start, long Length)
{
    /// <summary>The first byte.</summary>
    public byte* Pointer => (byte*)Start;

    /// <summary>All bytes of a section below 2 GiB.</summary>
    /// <exception cref="OverflowException">The section is larger.</exception>
    public ReadOnlySpan<byte> Span => new(Pointer, checked((int)Length));
}
