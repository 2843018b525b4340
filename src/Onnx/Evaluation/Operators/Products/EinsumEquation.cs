namespace Flightc.Onnx.Evaluation;

/// <summary>The equation of an Einsum, read against the shapes of its inputs.</summary>
/// <remarks>The axes that an ellipsis stands for get letters of their own: those of numbers below 40, so that they align at the last axis.</remarks>
internal sealed class EinsumEquation
{
    // More axes than any model has, and below every letter.
    private const int MostEllipsisAxes = 40;

    private EinsumEquation(string[] inputs, string result, SortedDictionary<char, long> extents)
    {
        Inputs = inputs;
        Result = result;
        Extents = extents;
    }

    /// <summary>The letters of each input, one for each axis.</summary>
    public string[] Inputs { get; }

    /// <summary>The letters of the result.</summary>
    public string Result { get; }

    /// <summary>The extent of each letter.</summary>
    public SortedDictionary<char, long> Extents { get; }

    /// <summary>The equation of a call.</summary>
    public static EinsumEquation Of(OperatorCall call)
    {
        string text = call.Text("equation").Replace(" ", "", StringComparison.Ordinal);
        string[] sides = text.Split("->");
        string[] terms = sides[0].Split(',');
        if (sides.Length > 2 || terms.Length != call.InputCount)
        {
            throw call.Invalid($"equation '{text}' has {terms.Length} terms; wanted one for each of {call.InputCount} inputs");
        }

        SortedDictionary<char, long> extents = [];
        string[] inputs = new string[terms.Length];
        for (int i = 0; i < terms.Length; i++)
        {
            inputs[i] = Letters(call, terms[i], call.Type(i).Rank);
            for (int axis = 0; axis < inputs[i].Length; axis++)
            {
                long extent = call.Shape(i)[axis];
                long known = extents.GetValueOrDefault(inputs[i][axis], 1);
                if (known != 1 && extent != 1 && known != extent)
                {
                    throw call.Invalid($"equation '{text}' gives one letter to the extents {known} and {extent}");
                }

                extents[inputs[i][axis]] = known == 1 ? extent : known;
            }
        }

        string ellipsis = new([.. extents.Keys.Where(k => k < MostEllipsisAxes)]);
        string result = sides.Length == 2
            ? sides[1].Replace("...", ellipsis, StringComparison.Ordinal)
            : ellipsis + new string([.. extents.Keys.Where(k => k >= MostEllipsisAxes && inputs.Sum(t => t.Count(c => c == k)) == 1)]);
        return result.Distinct().Count() == result.Length && result.All(extents.ContainsKey)
            ? new(inputs, result, extents)
            : throw call.Invalid($"the result of equation '{text}' has a letter twice, or one that no input has");
    }

    /// <summary>How far an input's elements are apart along each of some letters: 0 for those it lacks or repeats.</summary>
    public long[] Strides(int input, long[] shape, string letters)
    {
        long[] own = Shapes.Strides(shape);
        long[] strides = new long[letters.Length];
        for (int axis = 0; axis < shape.Length; axis++)
        {
            int place = letters.IndexOf(Inputs[input][axis], StringComparison.Ordinal);
            if (place >= 0 && shape[axis] != 1)
            {
                // A letter that stands twice in a term walks along its diagonal.
                strides[place] += own[axis];
            }
        }

        return strides;
    }

    private static string Letters(OperatorCall call, string term, int rank)
    {
        string[] parts = term.Split("...");
        int named = parts.Sum(p => p.Length);
        bool fits = parts.Length switch { 1 => named == rank, 2 => named <= rank && rank - named < MostEllipsisAxes, _ => false };
        if (!fits || parts.Any(p => !p.All(char.IsAsciiLetter)))
        {
            throw call.Invalid($"term '{term}' of the equation does not fit an input with {rank} axes");
        }

        string ellipsis = new([.. Enumerable.Range(MostEllipsisAxes - (rank - named), rank - named).Select(i => (char)i)]);
        return string.Join(ellipsis, parts);
    }
}
