namespace Flightc.Isa;

/// <summary>
/// What an affine term multiplies: length register R0 … R15, or the index of the outer (L0) or inner (L1)
/// loop.
/// </summary>
/// <param name="Code">0 … 15 for a register, 16 for L0, 17 for L1.</param>
public readonly record struct Source(int Code)
{
    /// <summary>The first code that is a loop index.</summary>
    public const int FirstLoop = 16;

    /// <summary>How many loops of a stream can nest, each with an index.</summary>
    public const int LoopCount = 2;

    /// <summary>How many sources there are.</summary>
    public const int Count = FirstLoop + LoopCount;

    /// <summary>A length register.</summary>
    public static Source Register(int number) => new(number);

    /// <summary>The index of a loop: 0 for the outermost of the stream, 1 for the one inside it.</summary>
    public static Source Loop(int depth) => new(FirstLoop + depth);

    /// <summary><c>R3</c> or <c>L0</c>.</summary>
    public override string ToString() => Code < FirstLoop ? $"R{Code}" : $"L{Code - FirstLoop}";
}
