namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>The widths that codes have: <see cref="ICodeWidth"/>.</summary>
internal static class CodeWidths
{
    /// <summary>2 bits.</summary>
    public readonly struct Two : ICodeWidth
    {
        /// <inheritdoc/>
        public static int Bits => 2;
    }

    /// <summary>3 bits.</summary>
    public readonly struct Three : ICodeWidth
    {
        /// <inheritdoc/>
        public static int Bits => 3;
    }

    /// <summary>4 bits.</summary>
    public readonly struct Four : ICodeWidth
    {
        /// <inheritdoc/>
        public static int Bits => 4;
    }

    /// <summary>5 bits.</summary>
    public readonly struct Five : ICodeWidth
    {
        /// <inheritdoc/>
        public static int Bits => 5;
    }

    /// <summary>6 bits.</summary>
    public readonly struct Six : ICodeWidth
    {
        /// <inheritdoc/>
        public static int Bits => 6;
    }

    /// <summary>7 bits.</summary>
    public readonly struct Seven : ICodeWidth
    {
        /// <inheritdoc/>
        public static int Bits => 7;
    }

    /// <summary>8 bits.</summary>
    public readonly struct Eight : ICodeWidth
    {
        /// <inheritdoc/>
        public static int Bits => 8;
    }
}
