using System.Globalization;
using Flightc.Numerics;

namespace Flightc.Raising;

/// <summary>Tells what a region does to heads: how it reorders, repeats, scales and turns them.</summary>
/// <remarks>
/// Such a region is linear, works on each token and head by itself and knows nothing but the position. So it is a matrix of the head's size for each token, which is read off by
/// executing the region on unit vectors, another one in each head; random rows confirm it. In the matrix a rotation shows by its blocks of two, however it was written down.
/// </remarks>
/// <param name="region">From projected rows, and where there is one from the past, to what attention takes.</param>
/// <param name="lifter">What is known of its sources.</param>
/// <param name="isTransposed">Whether elements of heads stand in the last axis but one, as keys do.</param>
internal sealed class HeadFinder(Region region, Lifter lifter, bool isTransposed)
{
    private readonly Lengths _lengths = lifter.Graph.Lengths;
    private View[] _views = [];
    private int[] _columns = [];
    private int _size;
    private int _rows;
    private int _first;
    private int _outputs;

    private int Width => _columns.Length;

    private int HeadCount => Width / _size;

    /// <summary>The map, or why there is none. Regions that are alike, as those of all layers are, are executed once.</summary>
    public (HeadMap? Map, string Problem) Find()
    {
        if (Prepare() is { } problem)
        {
            return (null, problem);
        }

        if (ColumnSelection.Of(_views.First(v => v.Term is not PastTerm).Term, _columns) is not { } term)
        {
            return (null, "heads are parts of a value that cannot be divided");
        }

        string key = $"heads {isTransposed} " + Key();
        if (!lifter.Findings.TryGetValue(key, out object? found))
        {
            lifter.Findings[key] = found = Execute(term);
        }

        (HeadMap? map, problem) = ((HeadMap?, string))found!;
        return (map is null ? null : map with { Term = term }, problem);
    }

    private (HeadMap?, string) Execute(Term term)
    {
        int[] sourceOf = Route();
        if (sourceOf.Any(s => s < 0 || s >= HeadCount))
        {
            return (null, "heads are not the projected ones, in some order");
        }

        double[,,] matrices = Matrices(sourceOf);
        if (!Confirms(matrices, sourceOf))
        {
            return (null, "what happens to heads is not the same for all of them, or not linear");
        }

        if (!KeepsPast(sourceOf))
        {
            return (null, "past keys or values do not stand before those of the step, as they were cached");
        }

        (IReadOnlyList<HeadPair> pairs, IReadOnlyList<(int Out, int In)> kept, double scale, string? problem) = RotationReader.Read(matrices, _lengths.Past);
        return problem is null ? (new HeadMap(term, _size, sourceOf, pairs, kept, scale), "") : (null, problem);
    }

    private string Key() => region.KeyOf(name => Sources.KeyOf(lifter.ViewOf(name)!));

    /// <summary>Whether queries are turned as they were found to be for other lengths.</summary>
    public bool Agrees(AttentionFinding expected)
    {
        HeadMap map = expected.Queries;
        if (Prepare() is not null || _size != map.Size || _outputs != map.SourceOf.Count || Width != map.Term.Columns)
        {
            return false;
        }

        string key = $"agrees {Key()} {string.Join(';', map.Pairs.Select(p => (p.First, p.Magnitude)))} {TextOf(expected.Term.Rotary)}";
        if (!lifter.Findings.TryGetValue(key, out object? found))
        {
            lifter.Findings[key] = found = IsTurned(expected);
        }

        return (bool)found!;
    }

    private static string TextOf(RotaryAngles? angles) =>
        angles is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{angles.Theta:R} {string.Join(':', angles.Divisors)}");

    private bool IsTurned(AttentionFinding expected)
    {
        HeadMap map = expected.Queries;

        // Exporters compute angles in binary32: the larger the position, the less exactly.
        double tolerance = 2e-3 + (_lengths.Total * 2e-7) + ProbeNumbers.ToleranceOf(lifter.Graph.TypeOf(region.Output).ElementType);
        double[] x = ProbeNumbers.Random(_lengths.Tokens * Width, 4);
        double[] y = Run((t, column) => x[(t * Width) + column]);
        HeadPair[] pairs = [.. map.Pairs.OrderBy(p => p.First)];
        float[] table = new float[_lengths.Tokens * 2 * pairs.Length];
        if (expected.Term.Rotary is { } angles)
        {
            RotaryTable.Fill(new RotaryAngles(angles.Theta, angles.Dim, angles.Divisors), _lengths.Past, _lengths.Tokens, table);
        }

        for (int t = 0; t < _lengths.Tokens; t++)
        {
            int cosines = 2 * pairs.Length * t, sines = cosines + pairs.Length;
            for (int output = 0; output < _outputs; output++)
            {
                int start = (t * Width) + (map.SourceOf[output] * _size);
                for (int pair = 0; pair < pairs.Length; pair++)
                {
                    HeadPair p = pairs[pair];
                    double cos = table[cosines + pair] * p.Magnitude, sin = table[sines + pair] * p.Magnitude, a = x[start + p.First], b = x[start + p.Second];
                    if (!Near(p.FirstOut, (cos * a) - (sin * b)) || !Near(p.SecondOut, (cos * b) + (sin * a)))
                    {
                        return false;
                    }
                }

                if (!map.Kept.All(e => Near(e.Out, map.KeptScale * x[start + e.In])))
                {
                    return false;
                }

                bool Near(int i, double wanted) => Math.Abs(y[At(output, _first + t, i)] - wanted) <= tolerance;
            }
        }

        return true;
    }

    private string? Prepare()
    {
        _views = [.. region.Sources.Select(s => lifter.ViewOf(s)!)];
        Term[] terms = [.. _views.Select(v => v.Term).Where(t => t is not PastTerm).Distinct()];
        if (terms.Length != 1)
        {
            return "heads are made of several values";
        }

        int[][] used = [.. _views.Where(v => v.Term == terms[0]).Select(v => v.UsedColumns())];
        _columns = used.Length == 1 ? used[0] : [.. used.SelectMany(c => c).Distinct().Order()];
        long[] shape = lifter.Graph.TypeOf(region.Output).Shape;
        if (shape.Length < 2)
        {
            return "heads have no axis of tokens";
        }

        _size = (int)(isTransposed ? shape[^2] : shape[^1]);
        _rows = (int)(isTransposed ? shape[^1] : shape[^2]);
        _first = _rows >= _lengths.Total ? _lengths.Past : 0;
        _outputs = (int)shape.SkipLast(2).Aggregate(1L, (n, d) => n * d);
        return _size == 0 || Width % _size != 0 ? $"rows of {Width} numbers are no heads of {_size}"
            : _rows < _lengths.Tokens ? $"there are {_rows} tokens and not {_lengths.Tokens}" : null;
    }

    // Heads are told apart by numbers that are proportional to their own.
    private int[] Route()
    {
        double[] ones = Run((_, _) => 1), numbers = Run((_, column) => 1 + (column / _size));
        int[] sourceOf = new int[_outputs];
        for (int output = 0; output < _outputs; output++)
        {
            int best = Enumerable.Range(0, _size).MaxBy(i => Math.Abs(ones[At(output, _first, i)]));
            double ratio = numbers[At(output, _first, best)] / ones[At(output, _first, best)];
            sourceOf[output] = double.IsFinite(ratio) && Math.Abs(ratio - Math.Round(ratio)) < 0.1 ? (int)Math.Round(ratio) - 1 : -1;
        }

        return sourceOf;
    }

    private double[,,] Matrices(int[] sourceOf)
    {
        double[,,] matrices = new double[_lengths.Tokens, _size, _size];
        int[] outputOf = [.. Enumerable.Range(0, HeadCount).Select(head => Array.IndexOf(sourceOf, head))];
        for (int start = 0; start < _size; start += HeadCount)
        {
            int round = start;
            double[] y = Run((_, column) => column % _size == round + (column / _size) ? 1 : 0);
            for (int head = 0; head < HeadCount && round + head < _size; head++)
            {
                for (int t = 0; t < _lengths.Tokens && outputOf[head] >= 0; t++)
                {
                    for (int i = 0; i < _size; i++)
                    {
                        matrices[t, i, round + head] = y[At(outputOf[head], _first + t, i)];
                    }
                }
            }
        }

        return matrices;
    }

    private bool Confirms(double[,,] matrices, int[] sourceOf)
    {
        double tolerance = ProbeNumbers.ToleranceOf(lifter.Graph.TypeOf(region.Output).ElementType) * 4;
        double[] x = ProbeNumbers.Random(_lengths.Tokens * Width, 3);
        double[] y = Run((t, column) => x[(t * Width) + column]);
        for (int output = 0; output < _outputs; output++)
        {
            for (int row = 0; row < _rows; row++)
            {
                int t = row - _first;
                for (int i = 0; i < _size; i++)
                {
                    double wanted = 0;
                    for (int j = 0; j < _size && t >= 0 && t < _lengths.Tokens; j++)
                    {
                        wanted += matrices[t, i, j] * x[(t * Width) + (sourceOf[output] * _size) + j];
                    }

                    if (!(Math.Abs(y[At(output, row, i)] - wanted) <= tolerance * (1 + Math.Abs(wanted))))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    // Every element of the past comes out where its head, token and place in the head say, and it is another one everywhere.
    private bool KeepsPast(int[] sourceOf)
    {
        if (_lengths.Past == 0 || _rows < _lengths.Total)
        {
            return _rows < _lengths.Total ? _rows == _lengths.Tokens : true;
        }

        double[] y = Run((_, _) => 0, i => i + 1);
        Dictionary<double, (int, int, int)> places = [];
        for (int output = 0; output < _outputs; output++)
        {
            for (int row = 0; row < _lengths.Past; row++)
            {
                for (int i = 0; i < _size; i++)
                {
                    double found = y[At(output, row, i)];
                    (int, int, int) place = (sourceOf[output], row, i);
                    if (found == 0 || (places.TryGetValue(found, out (int, int, int) known) && known != place))
                    {
                        return false;
                    }

                    places[found] = place;
                }
            }
        }

        return places.Count == HeadCount * _lengths.Past * _size;
    }

    private int At(int output, int row, int i) => isTransposed ? (((output * _size) + i) * _rows) + row : (((output * _rows) + row) * _size) + i;

    private double[] Run(Func<int, int, double> value, Func<int, double>? past = null)
    {
        double[][] inputs = new double[_views.Length][];
        for (int source = 0; source < inputs.Length; source++)
        {
            View view = _views[source];
            inputs[source] = view.Term is PastTerm ? [.. view.Indices.Select(i => past?.Invoke((int)i) ?? 0)] : OfRows(view, value);
        }

        return region.Run(inputs);
    }

    private double[] OfRows(View view, Func<int, int, double> value)
    {
        int columns = view.Term.Columns;
        int[] ranks = new int[columns];
        for (int i = 0; i < _columns.Length; i++)
        {
            ranks[_columns[i]] = i;
        }

        long[] indices = view.Indices;
        double[] numbers = new double[indices.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            (long token, long column) = Math.DivRem(indices[i], columns);
            numbers[i] = value((int)token, ranks[column]);
        }

        return numbers;
    }
}
