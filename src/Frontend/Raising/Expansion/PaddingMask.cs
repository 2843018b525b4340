using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Masks of padding that operators of ONNX Runtime take: nothing is padded in a program, but they say how long a buffer is filled.</summary>
internal static class PaddingMask
{
    /// <summary>What is to be added to scores: nothing where all keys count.</summary>
    /// <param name="maker">Makes the nodes.</param>
    /// <param name="writer">Makes the mask.</param>
    /// <param name="input">The input's name; empty where there is none.</param>
    /// <param name="like">Has the element type of scores.</param>
    /// <param name="keys">How many keys there are.</param>
    public static IReadOnlyList<string> Of(NodeMaker maker, AttentionWriter writer, string input, string like, long keys)
    {
        if (input.Length == 0)
        {
            return [];
        }

        if (maker.Graph.ConstantOf(input) is not { } mask)
        {
            throw maker.Unsupported("a mask that depends on tokens cannot be raised");
        }

        long[] values = TensorElements.ToLongs(mask.Value);
        bool[] counts = mask.Type.Shape switch
        {
            // The number of keys, or where they end.
            [1] => [.. Enumerable.Range(0, (int)keys).Select(k => k < values[0])],
            [_, var extent] when extent == keys => [.. values.Select(v => v != 0)],
            _ => throw maker.Unsupported($"a mask of the type {mask.Type} cannot be raised", "export the model with a mask of [batch, keys]"),
        };
        return counts.All(c => c) ? [] : [writer.Mask(keys, like, (_, key) => counts[key])];
    }
}
