using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Texts that are equal exactly where two nodes compute the same of the same.</summary>
internal static class NodeKey
{
    // Larger tensors are told apart by who they are: hashing them would read weights.
    private const long MostHashed = 1 << 16;

    /// <summary>Operator, opset and attributes; null where an attribute is large.</summary>
    public static string? OfOperator(OnnxNode node)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{node.Domain}|{node.OpType}|{node.Version}|{node.Outputs.Count}");
        foreach (OnnxAttribute attribute in node.Attributes.Values.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            if (TextOf(attribute) is not { } value)
            {
                return null;
            }

            text.Append('|').Append(attribute.Name).Append('=').Append(value);
        }

        return text.ToString();
    }

    /// <summary>The content of a tensor, or null where it is large.</summary>
    public static string? OfTensor(OnnxTensor tensor)
    {
        if (tensor.Data.Length > MostHashed)
        {
            return null;
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(TensorElements.Bytes(tensor)));
        return $"{OnnxTensorType.Of(tensor)}:{hash}";
    }

    private static string? TextOf(OnnxAttribute attribute) => attribute switch
    {
        IntAttribute a => a.Value.ToString(CultureInfo.InvariantCulture),
        FloatAttribute a => a.Value.ToString("R", CultureInfo.InvariantCulture),
        StringAttribute a => a.Value,
        IntsAttribute a => string.Join(',', a.Values),
        FloatsAttribute a => string.Join(',', a.Values.Select(v => v.ToString("R", CultureInfo.InvariantCulture))),
        StringsAttribute a => string.Join('\n', a.Values),
        TensorAttribute a => OfTensor(a.Value),
        _ => null,
    };
}
