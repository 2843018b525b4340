using System.Text;
using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Random weights for any Graph: matrices keep the size of what they multiply, norms are near 1.</summary>
internal sealed class RandomWeights : IWeights
{
    private readonly Dictionary<string, float[]> _values = [];

    public RandomWeights(Graph graph, ulong seed)
    {
        foreach (Weight weight in graph.Weights)
        {
            // Of a weight's own, so that another weight changes no other.
            RandomNumbers random = new(Encoding.UTF8.GetBytes(weight.Name).Aggregate(seed, (hash, b) => hash * 31 + b));
            int count = (int)weight.Type.Shape.Aggregate(1L, (product, d) => product * d.Size);
            bool isMatrix = weight.Type.Shape.Count == 2;
            float scale = isMatrix ? 2 / MathF.Sqrt(weight.Type.Columns) : 0.25f;
            float offset = isMatrix || weight.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1;
            _values[weight.Name] = Array.ConvertAll(random.Floats(count, scale), x => Rounded(weight.Type.Element, offset + x));
        }
    }

    public bool HasData => true;

    public void Read(string name, long start, Span<float> destination) => _values[name].AsSpan((int)start, destination.Length).CopyTo(destination);

    public string HashOf(string name) => "";

    // As a checkpoint of the type would have it.
    private static float Rounded(ElementType type, float value) => type switch
    {
        ElementType.F16 => (float)(Half)value,
        ElementType.BF16 => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xffff0000),
        _ => value,
    };
}
