using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation;

/// <summary>Values of resolved fields, limited so that the products of any two are far from overflow.</summary>
internal static class Fields
{
    private const long MaxCount = 1L << 28;
    private const long MaxAddress = 1L << 48;

    /// <summary>A count or a stride, 0 … 2^28.</summary>
    /// <exception cref="CompilationException">It is outside that range (FLC4001).</exception>
    public static int Count(this Operand field, string name) =>
        field.Constant is >= 0 and <= MaxCount ? (int)field.Constant : throw OutOfRange(field, name, MaxCount);

    /// <summary>An address or a stride in memory, 0 … 2^48.</summary>
    /// <exception cref="CompilationException">It is outside that range (FLC4001).</exception>
    public static long Address(this Operand field, string name) =>
        field.Constant is >= 0 and <= MaxAddress ? field.Constant : throw OutOfRange(field, name, MaxAddress);

    /// <summary>A field of one bit.</summary>
    /// <exception cref="CompilationException">It is neither 0 nor 1 (FLC4001).</exception>
    public static bool Flag(this Operand field, string name) =>
        field.Constant is 0 or 1 ? field.Constant == 1 : throw OutOfRange(field, name, 1);

    /// <summary>A field that holds the bits of a binary32.</summary>
    /// <exception cref="CompilationException">It has more than 32 bits (FLC4001).</exception>
    public static float Single(this Operand field, string name) =>
        field.Constant is >= 0 and <= uint.MaxValue
            ? BitConverter.UInt32BitsToSingle((uint)field.Constant)
            : throw OutOfRange(field, name, uint.MaxValue);

    private static CompilationException OutOfRange(Operand field, string name, long most) =>
        new(Codes.ProgramInvalid, $"'{name}' is {field.Constant}; 0 to {most} is possible");
}
