using Flightc.Numerics;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>What all layers share: lengths, positions, masks and rotary tables, made when first asked for.</summary>
/// <param name="nodes">Where to.</param>
/// <param name="contextLength">Rows of rotary tables.</param>
internal sealed class SequenceValues(NodeList nodes, int contextLength)
{
    /// <summary>Token ids, int64[batch, sequence_length].</summary>
    public const string Ids = "input_ids";

    // No name of a Graph has a stroke, so none of these can be taken.
    private const string Sequence = "sequence";

    private readonly Dictionary<string, string> _made = new(StringComparer.Ordinal);
    private readonly Dictionary<RotaryAngles, (string, string)> _rotaries = [];

    /// <summary>A past key [batch, heads, past_sequence_length, d], which tells how long the past is; null where there is none.</summary>
    public string? PastKey { get; set; }

    /// <summary>[batch, sequence_length] as two integers.</summary>
    public string IdsShape => Once("ids_shape", name => nodes.Add("Shape", name, [Ids]));

    /// <summary>Tokens before these, an integer.</summary>
    public string PastLength => Once("past_length", name =>
        PastKey is null ? nodes.Integer(0) : nodes.Add("Gather", name, [nodes.Add("Shape", $"{name}/shape", [PastKey]), nodes.Integer(2)]));

    /// <summary>Tokens of this run, an integer.</summary>
    public string Length => Once("length", name => nodes.Add("Gather", name, [IdsShape, nodes.Integer(1)]));

    /// <summary>All tokens so far, an integer.</summary>
    public string TotalLength => Once("total_length", name => nodes.Add("Add", name, [PastLength, Length]));

    /// <summary>Positions of the tokens of this run, int64[sequence_length].</summary>
    public string Positions => Once("positions", name => nodes.Add("Range", name, [PastLength, TotalLength, nodes.Integer(1)]));

    /// <summary>Which keys the tokens see, bool[sequence_length, total_sequence_length].</summary>
    /// <param name="window">Keys that a token sees, itself included; 0 for all before it.</param>
    public string Visible(int window) => Once($"visible_{window}", name =>
    {
        NodeScope scope = new(nodes, name);
        string queries = scope.Unsqueeze("queries", Positions, 1);
        string keys = Once("key_positions", keyName => nodes.Add("Range", keyName, [nodes.Integer(0), TotalLength, nodes.Integer(1)]));
        string causal = scope.Add("LessOrEqual", window == 0 ? "" : "causal", [keys, queries]);
        if (window == 0)
        {
            return causal;
        }

        string distance = scope.Add("Sub", "distance", [queries, keys]);
        return scope.Add("And", "", [causal, scope.Add("Less", "near", [distance, nodes.Integer(window)])]);
    });

    /// <summary>What is added to scores, f32[sequence_length, total_sequence_length]: 0 where a key is seen, the least number where not.</summary>
    /// <param name="window">As in <see cref="Visible"/>.</param>
    public string Mask(int window) => Once($"mask_{window}", name =>
        nodes.Add("Where", name, [Visible(window), nodes.Float(0), nodes.Float(float.MinValue)]));

    /// <summary>[batch, sequence_length, heads, headDim] as four integers.</summary>
    public string ByHead(int heads, int headDim) => Once($"by_head_{heads}x{headDim}", name =>
        nodes.Add("Concat", name, [IdsShape, nodes.Integers(heads, headDim)], new IntAttribute("axis", 0)));

    /// <summary>[batch, sequence_length, columns] as three integers.</summary>
    public string ByToken(long columns) => Once($"by_token_{columns}", name =>
        nodes.Add("Concat", name, [IdsShape, nodes.Integers(columns)], new IntAttribute("axis", 0)));

    /// <summary>Cosines and sines of the tokens' positions, each f32[sequence_length, 1, r]: those of the pairs twice, one behind the other.</summary>
    /// <param name="angles">By how much is turned; r is <see cref="RotaryAngles.Dim"/>.</param>
    public (string Cos, string Sin) Rotary(RotaryAngles angles)
    {
        if (!_rotaries.TryGetValue(angles, out (string, string) made))
        {
            made = _rotaries[angles] = MakeRotary(angles, new NodeScope(nodes, $"{Sequence}/rotary.{_rotaries.Count}"));
        }

        return made;
    }

    // The tables hold what is exact for every position: angles computed in binary32 would be off by much at long contexts.
    private (string Cos, string Sin) MakeRotary(RotaryAngles angles, NodeScope scope)
    {
        int half = angles.Dim / 2;
        float[] rows = new float[checked(contextLength * angles.Dim)];
        RotaryTable.Fill(angles, 0, contextLength, rows);
        string[] names = ["cos", "sin"];
        string[] results = new string[names.Length];
        for (int kind = 0; kind < names.Length; kind++)
        {
            float[] table = new float[contextLength * half];
            for (int p = 0; p < contextLength; p++)
            {
                rows.AsSpan(p * angles.Dim + kind * half, half).CopyTo(table.AsSpan(p * half));
            }

            string constant = nodes.Floats($"{scope.Result}/{names[kind]}_table", [contextLength, half], table);
            string some = scope.Add("Gather", $"{names[kind]}/rows", [constant, Positions]);
            results[kind] = scope.Unsqueeze(names[kind], scope.Concat($"{names[kind]}/pairs", [some, some], -1), 1);
        }

        return (results[0], results[1]);
    }

    private string Once(string part, Func<string, string> make)
    {
        if (!_made.TryGetValue(part, out string? made))
        {
            made = _made[part] = make($"{Sequence}/{part}");
        }

        return made;
    }
}
