using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Tests;

/// <summary>How the numbers of a checkpoint are stored.</summary>
/// <param name="Name">As safetensors files have it.</param>
/// <param name="Size">Bytes of a number.</param>
internal sealed record NumberType(string Name, int Size)
{
    /// <summary>Every type, by its name in safetensors files.</summary>
    public static IReadOnlyList<NumberType> All { get; } = [new("BF16", 2), new("F16", 2), new("F32", 4), new("F64", 8)];

    /// <summary>The type of a name, whatever its case.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static NumberType Of(string name) =>
        All.FirstOrDefault(type => type.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"'{name}' is none of {string.Join(", ", All.Select(type => type.Name))}", nameof(name));

    /// <summary>The type that <c>torch_dtype</c> or <c>dtype</c> of a configuration names; BF16 where it names none.</summary>
    public static NumberType OfTorch(string? name) => name switch { "float16" => Of("F16"), "float32" => Of("F32"), "float64" => Of("F64"), _ => Of("BF16") };

    /// <summary>What <c>torch_dtype</c> says of the type.</summary>
    public string TorchName => Name switch { "BF16" => "bfloat16", "F16" => "float16", "F32" => "float32", _ => "float64" };

    /// <summary>Stores numbers, rounded to nearest, ties to even.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="destination"><see cref="Size"/> bytes for each.</param>
    public void Store(ReadOnlySpan<float> values, Span<byte> destination)
    {
        switch (Name)
        {
            case "F64":
                Span<double> doubles = MemoryMarshal.Cast<byte, double>(destination);
                for (int i = 0; i < values.Length; i++)
                {
                    doubles[i] = values[i];
                }

                break;
            case "F32":
                MemoryMarshal.AsBytes(values).CopyTo(destination);
                break;
            case "F16":
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(destination);
                for (int i = 0; i < values.Length; i++)
                {
                    halves[i] = (Half)values[i];
                }

                break;
            default:
                StoreBFloat16(MemoryMarshal.Cast<float, uint>(values), MemoryMarshal.Cast<byte, ushort>(destination));
                break;
        }
    }

    private static void StoreBFloat16(ReadOnlySpan<uint> values, Span<ushort> destination)
    {
        int done = 0;
        for (; done + 32 <= values.Length; done += 32)
        {
            Vector512<uint> low = Round(Vector512.Create(values.Slice(done, 16)));
            Vector512<uint> high = Round(Vector512.Create(values.Slice(done + 16, 16)));
            Vector512.Narrow(low, high).CopyTo(destination[done..]);
        }

        for (; done < values.Length; done++)
        {
            destination[done] = (ushort)((values[done] + 0x7FFF + ((values[done] >> 16) & 1)) >> 16);
        }
    }

    private static Vector512<uint> Round(Vector512<uint> values) =>
        (values + Vector512.Create(0x7FFFu) + ((values >> 16) & Vector512<uint>.One)) >> 16;
}
