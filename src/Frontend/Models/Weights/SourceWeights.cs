using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>The weights of a Graph, read from the tensors behind them whenever they are wanted.</summary>
/// <param name="tensors">By role.</param>
public sealed class SourceWeights(IReadOnlyDictionary<string, BoundTensor> tensors) : IWeights, IStoredCodes
{
    // A whole number of elements of every type.
    private const int HashedBytes = 1 << 20;
    private const uint Magnitude = 0x7FFF_FFFF;
    private const uint Infinity = 0x7F80_0000;

    private readonly ConcurrentDictionary<string, string> _hashes = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool HasData => true;

    /// <summary>The tensor behind a weight.</summary>
    /// <param name="name">A role.</param>
    public BoundTensor this[string name] => tensors[name];

    /// <inheritdoc/>
    /// <exception cref="CompilationException"><see cref="Codes.WeightNotFinite"/> with the tensor and the
    /// first such element.</exception>
    public void Read(string name, long start, Span<float> destination)
    {
        BoundTensor tensor = tensors[name];
        tensor.ReadFloats(start, destination);
        int found = FirstNotFinite(destination);
        if (found >= 0)
        {
            throw new CompilationException(
                Codes.WeightNotFinite,
                $"the tensor '{Excerpt.Of(tensor.Origin)}' has {Name(destination[found])} at {Place(tensor, start + found)}; all weights have to be finite",
                tensor.Source.Location,
                "the checkpoint is damaged, or its training diverged; a binary64 value beyond binary32 counts as infinite");
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Over the ASCII text <c>bf16[256,256]</c> (element type and shape), a line feed, and the elements in (out, in) order.
    /// </remarks>
    public string HashOf(string name) => _hashes.GetOrAdd(name, Hash);

    /// <inheritdoc/>
    public QuantizedFormat? FindFormat(string name, out string reason)
    {
        BoundTensor tensor = tensors[name];
        reason = "";
        if (tensor.Source is not ICodeSource source)
        {
            return null;
        }

        if (tensor.Transform is { ChangesValues: true } or { IsTransposed: true } or { InterleavedHead: not 0 })
        {
            reason = "it is stored in another order";
            return null;
        }

        return source.FindFormat(tensor.Transform.FirstRow, tensor.Type.Shape[0].Size, out reason);
    }

    /// <inheritdoc/>
    public QuantizedMatrix ReadCodes(string name) =>
        ((ICodeSource)tensors[name].Source).ReadCodes(tensors[name].Transform.FirstRow, checked((int)tensors[name].Type.Shape[0].Size));

    private string Hash(string name)
    {
        BoundTensor tensor = tensors[name];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{tensor.Type}\n"));
        int elementBytes = TensorElements.Bytes(tensor.Type.Element);
        long left = tensor.Type.Shape.Aggregate((long)elementBytes, (n, d) => n * d.Size);
        byte[] buffer = [];
        for (long start = 0; left > 0; start += HashedBytes / elementBytes)
        {
            int count = (int)Math.Min(HashedBytes, left);
            ReadOnlySpan<byte> piece = tensor.ViewElements(start, count);
            if (piece.IsEmpty)
            {
                buffer = buffer.Length == 0 ? new byte[count] : buffer;
                tensor.ReadElements(start, buffer.AsSpan(0, count));
                piece = buffer.AsSpan(0, count);
            }

            hash.AppendData(piece);
            left -= count;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Compiled at once for speed: every weight passes it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    private static string Place(BoundTensor tensor, long index) => tensor.Type.Shape.Count == 2
        ? string.Create(CultureInfo.InvariantCulture, $"[{index / tensor.Type.Columns},{index % tensor.Type.Columns}]")
        : string.Create(CultureInfo.InvariantCulture, $"[{index}]");
}
