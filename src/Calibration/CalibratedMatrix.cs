using System.Globalization;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>Which statistics there are of a matrix, and the names of the tensors that hold them.</summary>
/// <param name="Role">Name by role.</param>
/// <param name="Rows">Output features N.</param>
/// <param name="Columns">Input features K.</param>
/// <param name="Input">Name of the value that it multiplies; empty for an embedding that is no head.</param>
/// <param name="HasWholeOutputMoment">Whether G is whole, (N, N), or its diagonal, (N).</param>
/// <param name="IsLookedUp">Whether tokens are looked up in it.</param>
public sealed record CalibratedMatrix(
    string Role, int Rows, int Columns, string Input, bool HasWholeOutputMoment, bool IsLookedUp)
{
    private const string Whole = "whole";
    private const string None = "none";
    private const string Shares = "shares";

    /// <summary>Whether there are moments of derivatives: G, and of lookups.</summary>
    public bool HasDerivatives { get; init; } = true;

    /// <summary>Whether activations are multiplied by it.</summary>
    public bool IsMultiplied => Input.Length > 0;

    /// <summary>Tensor of A, (K, K), shared by all matrices that read the value.</summary>
    public string InputMoment => $"values.{Input}.moment";

    /// <summary>Tensor of the largest |x|, (K), likewise.</summary>
    public string InputLargest => $"values.{Input}.largest";

    /// <summary>Tensor of G, (N, N) or (N).</summary>
    public string OutputMoment => $"matrices.{Role}.output_moment";

    /// <summary>Tensor of the lookups' moment, (K, K).</summary>
    public string LookupMoment => $"matrices.{Role}.lookup_moment";

    /// <summary>Tensor of the tokens' shares, (N).</summary>
    public string LookupShares => $"matrices.{Role}.lookup_shares";

    /// <summary>The tensors that there are, with their shapes.</summary>
    public IEnumerable<(string Name, int[] Shape)> Tensors()
    {
        if (IsMultiplied)
        {
            yield return (InputMoment, [Columns, Columns]);
            yield return (InputLargest, [Columns]);
        }

        if (IsMultiplied && HasDerivatives)
        {
            yield return (OutputMoment, HasWholeOutputMoment ? [Rows, Rows] : [Rows]);
        }

        if (IsLookedUp && HasDerivatives)
        {
            yield return (LookupMoment, [Columns, Columns]);
        }

        if (IsLookedUp)
        {
            yield return (LookupShares, [Rows]);
        }
    }

    /// <summary>The form in files: <c>role=… rows=… columns=… input=… output=… lookup=…</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"role={Role} rows={Rows} columns={Columns} input={Input} output={OutputForm} lookup={LookupForm}");

    /// <summary>Reads the form in files.</summary>
    /// <param name="text">As <see cref="ToString"/> writes it, and nothing else.</param>
    /// <param name="matrix">What it says.</param>
    public static bool TryParse(string text, out CalibratedMatrix matrix)
    {
        FieldReader fields = new(text, "role", "rows", "columns", "input", "output", "lookup");
        matrix = new CalibratedMatrix(
            fields.Text(0), fields.Whole(1), fields.Whole(2), fields.Text(3), fields.Text(4) == Whole, fields.Text(5) is "yes" or Shares)
        {
            HasDerivatives = fields.Text(5) != Shares && (fields.Text(4) != None || fields.Text(3).Length == 0),
        };

        // Whatever was not understood is missing when it is written again.
        return matrix.Role.Length > 0 && matrix.Rows > 0 && matrix.Columns > 0 && (matrix.IsMultiplied || matrix.IsLookedUp)
            && matrix.ToString() == text;
    }

    /// <summary>The matrices of a Graph, in order of its weights.</summary>
    /// <param name="graph">Float, as the frontend makes it.</param>
    /// <param name="maxWholeOutputMoment">The most rows of a matrix whose output moment is whole.</param>
    /// <param name="hasDerivatives">Whether there are passes backwards.</param>
    /// <exception cref="CompilationException">A matrix is multiplied twice (FLC2001).</exception>
    public static IReadOnlyList<CalibratedMatrix> Of(Graph graph, int maxWholeOutputMoment, bool hasDerivatives = true)
    {
        Dictionary<string, string> inputs = new(StringComparer.Ordinal);
        HashSet<string> tables = new(StringComparer.Ordinal);
        foreach (Node node in graph.Nodes)
        {
            if (node.Op is Embedding)
            {
                tables.Add(graph.NameOf(node.Operands[1]));
            }
            else if (node.Op is Linear && !inputs.TryAdd(graph.NameOf(node.Operands[1]), graph.NameOf(node.Operands[0])))
            {
                throw new CompilationException(
                    Codes.GraphInvalid, $"two products use '{graph.NameOf(node.Operands[1])}'; calibration knows matrices of one product",
                    node.Name);
            }
        }

        return
        [
            .. graph.Weights.Where(w => inputs.ContainsKey(w.Name) || tables.Contains(w.Name)).Select(w => new CalibratedMatrix(
                w.Name, (int)w.Type.Shape[0].Size, (int)w.Type.Shape[1].Size, inputs.GetValueOrDefault(w.Name, ""),
                hasDerivatives && inputs.ContainsKey(w.Name) && w.Type.Shape[0].Size <= maxWholeOutputMoment, tables.Contains(w.Name))
            {
                HasDerivatives = hasDerivatives,
            }),
        ];
    }

    private string LookupForm => !IsLookedUp ? "no" : HasDerivatives ? "yes" : Shares;

    private string OutputForm => !IsMultiplied || !HasDerivatives ? None : HasWholeOutputMoment ? Whole : "diagonal";
}
