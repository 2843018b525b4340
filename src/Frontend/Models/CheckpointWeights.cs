using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>
/// The weights of a Graph, read from an open checkpoint whose tensors are stored (out, in) already.
/// </summary>
/// <param name="tensors">By role.</param>
internal sealed class CheckpointWeights(IReadOnlyDictionary<string, CheckpointTensor> tensors) : IWeights
{
    private const int HashedBytes = 1 << 20;
    private const uint Magnitude = 0x7FFF_FFFF;
    private const uint Infinity = 0x7F80_0000;

    private readonly ConcurrentDictionary<string, string> _hashes = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool HasData => true;

    /// <inheritdoc/>
    /// <exception cref="CompilationException"><see cref="Codes.WeightNotFinite"/> with the tensor and the
    /// first such element.</exception>
    public void Read(string name, long start, Span<float> destination)
    {
        CheckpointTensor tensor = tensors[name];
        tensor.ReadFloats(start, destination);
        int found = FirstNotFinite(destination);
        if (found >= 0)
        {
            throw new CompilationException(
                Codes.WeightNotFinite,
                $"the tensor '{tensor.Name}' has {Name(destination[found])} at {Place(tensor, start + found)}; all weights have to be finite",
                tensor.FilePath,
                "the checkpoint is damaged, or its training diverged; a binary64 value beyond binary32 counts as infinite");
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Over the ASCII text <c>bf16[256,256]</c> (element type and shape), a line feed, and the elements as stored.
    /// </remarks>
    public string HashOf(string name) => _hashes.GetOrAdd(name, Hash);

    private string Hash(string name)
    {
        CheckpointTensor tensor = tensors[name];
        TensorType type = new(
            TensorBinding.ElementTypeOf(tensor.ElementType)!.Value,
            [.. tensor.Shape.Select(d => new Dim(d))]);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{type}\n"));
        for (long offset = 0; offset < tensor.ByteLength; offset += HashedBytes)
        {
            hash.AppendData(tensor.Bytes(offset, (int)Math.Min(HashedBytes, tensor.ByteLength - offset)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        int i = 0;
        for (; i <= bits.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            if (Vector.GreaterThanOrEqualAny(new Vector<uint>(bits[i..]) & new Vector<uint>(Magnitude), new Vector<uint>(Infinity)))
            {
                break;
            }
        }

        for (; i < bits.Length; i++)
        {
            if ((bits[i] & Magnitude) >= Infinity)
            {
                return i;
            }
        }

        return -1;
    }

    private static string Name(float value) => float.IsNaN(value) ? "NaN" : value > 0 ? "infinity" : "-infinity";

    private static string Place(CheckpointTensor tensor, long index) =>
        tensor.Shape.Length == 2 ? $"[{index / tensor.Shape[1]},{index % tensor.Shape[1]}]" : $"[{index}]";
}
