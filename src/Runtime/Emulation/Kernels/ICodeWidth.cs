namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>A width of codes as a type, so that the compiler makes a kernel of its own for each.</summary>
internal interface ICodeWidth
{
    /// <summary>Bits of a code.</summary>
    static abstract int Bits { get; }
}
