using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Raising;

/// <summary>Ones: the weights of a norm that has none.</summary>
/// <param name="count">How many.</param>
internal sealed class FilledTensor(long count) : ITensorSource
{
    /// <inheritdoc/>
    public string Name => "ones";

    /// <inheritdoc/>
    public string Location => "";

    /// <inheritdoc/>
    public ElementType ElementType => ElementType.F32;

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape => [count];

    /// <inheritdoc/>
    public void ReadFloats(long start, Span<float> destination) => destination.Fill(1);

    /// <inheritdoc/>
    public void ReadElements(long start, Span<byte> destination) => ReadFloats(start, MemoryMarshal.Cast<byte, float>(destination));
}
