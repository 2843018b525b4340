using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Weights as constants of an ONNX graph. None is read before the file is written.</summary>
/// <param name="nodes">Where to.</param>
/// <param name="weights">The floats.</param>
/// <param name="quantized">The codes of those with a format; null for a float Graph.</param>
internal sealed class ExportedWeights(NodeList nodes, IWeights weights, IQuantizedWeights? quantized)
{
    private readonly Dictionary<string, string> _floats = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _integers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QuantizedTensors> _matrices = new(StringComparer.Ordinal);
    private readonly LatestMatrix _latest = new(quantized);

    /// <summary>The weight as it is stored: in the checkpoint's type where ONNX has it, otherwise in binary32.</summary>
    public string Stored(Weight weight) => nodes.Constant(new OnnxTensor(StorageOf(weight), ShapeOf(weight), new WeightBytes(weights, weight), weight.Name));

    /// <summary>The weight in binary32.</summary>
    public string Floats(Weight weight)
    {
        if (!_floats.TryGetValue(weight.Name, out string? name))
        {
            string stored = Stored(weight);
            name = _floats[weight.Name] = StorageOf(weight) == OnnxElementType.Float ? stored : ToFloat(new NodeScope(nodes, $"{weight.Name}/f32"), "", stored);
        }

        return name;
    }

    /// <summary>Rows of a table, in binary32.</summary>
    /// <param name="scope">The operation.</param>
    /// <param name="weight">The table.</param>
    /// <param name="places">Which rows, of any shape.</param>
    public string Rows(NodeScope scope, Weight weight, string places)
    {
        // A table is not converted as a whole for the few rows of a run.
        string rows = scope.Add("Gather", "rows", [Stored(weight), places]);
        return StorageOf(weight) == OnnxElementType.Float ? rows : ToFloat(scope, "floats", rows);
    }

    /// <summary>The codes, multipliers and row scales of a weight with a format.</summary>
    public QuantizedTensors Codes(Weight weight)
    {
        if (!_matrices.TryGetValue(weight.Name, out QuantizedTensors? tensors))
        {
            tensors = _matrices[weight.Name] = QuantizedTensors.Of(nodes, weight, _latest);
        }

        return tensors;
    }

    /// <summary>The products of codes and multipliers, integers in binary64, [N, K].</summary>
    public string Integers(Weight weight)
    {
        if (!_integers.TryGetValue(weight.Name, out string? name))
        {
            NodeScope scope = new(nodes, $"{weight.Name}/integers");
            QuantizedTensors tensors = Codes(weight);
            string codes = ToFloat(scope, "codes", tensors.Codes);
            string multipliers = scope.Add("Gather", "multipliers", [ToFloat(scope, "group_multipliers", tensors.Multipliers), tensors.Groups], new IntAttribute("axis", 1));
            name = _integers[weight.Name] = scope.Cast("", scope.Add("Mul", "products", [codes, multipliers]), OnnxElementType.Double);
        }

        return name;
    }

    /// <summary>The type in the file: binary64 is rounded as it is everywhere.</summary>
    internal static OnnxElementType StorageOf(Weight weight) => weight.Type.Element switch
    {
        ElementType.F16 => OnnxElementType.Float16,
        ElementType.BF16 => OnnxElementType.BFloat16,
        _ => OnnxElementType.Float,
    };

    private static long[] ShapeOf(Weight weight) => [.. weight.Type.Shape.Select(d => d.Size)];

    private static string ToFloat(NodeScope scope, string part, string x) => scope.Cast(part, x, OnnxElementType.Float);
}
