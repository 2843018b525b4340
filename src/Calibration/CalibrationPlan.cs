using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>What one calibration does, in which pieces, and how long their results are.</summary>
internal sealed class CalibrationPlan
{
    private readonly Dictionary<string, CalibratedMatrix> _byRole;
    private readonly int[] _owners;

    /// <param name="graph">As the frontend makes it: float, not fused.</param>
    /// <param name="weights">Its data.</param>
    /// <param name="windows">Sequences of tokens.</param>
    /// <param name="options">Wishes.</param>
    /// <exception cref="CompilationException">There is nothing to run (FLC1302), an id is outside the vocabulary (FLC5002), or the Graph
    /// cannot be calibrated (FLC2001).</exception>
    public CalibrationPlan(Graph graph, IWeights weights, IReadOnlyList<int[]> windows, CalibrationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Draws, 0, nameof(options));
        (Graph, Windows, Options) = (graph, windows, options);
        Matrices = CalibratedMatrix.Of(graph, options.MaxWholeOutputMoment, options.Draws > 0);
        _byRole = Matrices.ToDictionary(m => m.Role, StringComparer.Ordinal);
        RequireWindows();
        Segments = GraphSegment.Of(graph);
        _owners = FindOwners();
        Tokens = windows.Sum(w => (long)w.Length);
        ModelHash = ContentHash.OfModel(graph, weights);
        Part = new CalibrationPart(
            ContentHash.OfWindows(windows), Tokens, windows.Count, windows.Max(w => w.Length), options.Seed, options.Draws);
    }

    /// <summary>What is run.</summary>
    public Graph Graph { get; }

    /// <summary>On what.</summary>
    public IReadOnlyList<int[]> Windows { get; }

    /// <summary>How.</summary>
    public CalibrationOptions Options { get; }

    /// <summary>What is found.</summary>
    public IReadOnlyList<CalibratedMatrix> Matrices { get; }

    /// <summary>The pieces, in order.</summary>
    public IReadOnlyList<GraphSegment> Segments { get; }

    /// <summary>Tokens of all windows.</summary>
    public long Tokens { get; }

    /// <summary>Of the weights.</summary>
    public string ModelHash { get; }

    /// <summary>Where the statistics come from.</summary>
    public CalibrationPart Part { get; }

    /// <summary>Equal for two runs that give the same bytes.</summary>
    public string Identity =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"flightc calibration journal 1\nmodel={ModelHash}\n{Part}\nmax_whole_output_moment={Options.MaxWholeOutputMoment}\n");

    /// <summary>Whether derivatives are found: otherwise each segment is run once, forwards, and statistics are found from the first on.</summary>
    public bool HasDerivatives => Options.Draws > 0;

    /// <summary>Elements of a value of one token.</summary>
    public int ColumnsOf(ValueId value) => (int)Graph.TypeOf(value).Columns;

    /// <summary>Numbers in the file of the values behind segment <paramref name="segment"/>.</summary>
    public long ValuesLength(int segment) => Tokens * ColumnsOf(Segments[segment].Output);

    /// <summary>Numbers in the file of the gradients by what segment <paramref name="segment"/> reads.</summary>
    public long GradientsLength(int segment) => Tokens * ColumnsOf(Segments[segment].Input!.Value) * Options.Draws;

    /// <summary>The tensors that segment <paramref name="segment"/> finds, with their lengths, in the order of its file.</summary>
    public IReadOnlyList<(string Name, int Length)> TensorsOf(int segment)
    {
        List<(string, int)> tensors = [];
        for (int i = Segments[segment].First; i < Segments[segment].End; i++)
        {
            if (MatrixOf(i) is not { } matrix)
            {
                continue;
            }

            bool isLookup = Graph.Nodes[i].Op is Embedding;
            HashSet<string> names = isLookup ? [matrix.LookupMoment, matrix.LookupShares]
                : OwnsInput(i) ? [matrix.InputMoment, matrix.InputLargest, matrix.OutputMoment] : [matrix.OutputMoment];
            tensors.AddRange(matrix.Tensors().Where(t => names.Contains(t.Name)).Select(
                t => (t.Name, t.Shape.Aggregate(1, (product, size) => checked(product * size)))));
        }

        return tensors;
    }

    /// <summary>The matrix that node number <paramref name="node"/> uses; null where it is no product and no lookup.</summary>
    public CalibratedMatrix? MatrixOf(int node) =>
        Graph.Nodes[node].Op is Linear or Embedding ? _byRole[Graph.NameOf(Graph.Nodes[node].Operands[1])] : null;

    /// <summary>Whether node number <paramref name="node"/> is the first product with what it reads, so that its moment is counted
    /// once.</summary>
    public bool OwnsInput(int node) => Graph.Nodes[node].Op is Linear && _owners[Graph.Nodes[node].Operands[0].Index] == node;

    /// <summary>Behind the last node of segment <paramref name="segment"/> that has to be computed: without derivatives nobody needs what the
    /// last product of the model gives.</summary>
    public int EndOf(int segment)
    {
        GraphSegment nodes = Segments[segment];
        if (HasDerivatives || segment < Segments.Count - 1)
        {
            return nodes.End;
        }

        int end = nodes.End;
        while (end > nodes.First && !OwnsInput(end - 1))
        {
            end--;
        }

        return Math.Max(nodes.First, end - 1);
    }

    private void RequireWindows()
    {
        if (Windows.Count == 0 || Windows.Any(w => w.Length == 0))
        {
            throw new CompilationException(Codes.TextInvalid, "there is nothing to calibrate with: no window has a token", "", "give a longer text");
        }

        long vocabulary = Matrices.Where(m => m.IsLookedUp).Select(m => (long)m.Rows).DefaultIfEmpty(0).Min();
        for (int i = 0; i < Windows.Count; i++)
        {
            if (Array.FindIndex(Windows[i], id => (uint)id >= vocabulary) is >= 0 and int at)
            {
                throw new CompilationException(
                    Codes.TokenOutOfRange,
                    $"token {at} of window {i} has the id {Windows[i][at]}, which is outside the vocabulary, 0 to {vocabulary - 1}", "",
                    "use text or ids made for the tokenizer of the model");
            }
        }
    }

    private int[] FindOwners()
    {
        int[] owners = new int[Graph.ValueCount];
        Array.Fill(owners, -1);
        for (int i = Graph.Nodes.Count - 1; i >= 0; i--)
        {
            if (Graph.Nodes[i].Op is Linear)
            {
                owners[Graph.Nodes[i].Operands[0].Index] = i;
            }
        }

        return owners;
    }
}
