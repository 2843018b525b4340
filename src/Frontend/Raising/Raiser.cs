using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Numerics;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>From an ONNX graph to the decoder that it is.</summary>
/// <remarks>
/// The graph is specialised for small lengths (<see cref="Specialisation"/>), its values are understood (<see cref="Lifter"/>), and its layers are read off the logits
/// (<see cref="DecoderReader"/>); other small lengths have to give the same. At last the longest sequence is looked at, where windows of attention show.
/// </remarks>
internal sealed class Raiser
{
    // Longer sequences are not looked at: their masks would take more memory than the model.
    private const int LongestWithoutPast = 1024;
    private const long MostElements = 1 << 21;
    private const int LongestTried = 1 << 17;
    private const int MostReported = 50;

    private readonly string _path;
    private readonly OnnxGraph _graph;
    private readonly string _logits;
    private readonly HashSet<string> _used;
    private readonly DecoderInputs _inputs;
    private readonly DiagnosticBag _notes = new();

    private Raiser(OnnxModel model)
    {
        _path = model.Path;
        _graph = model.Graph;
        _logits = (_graph.Outputs.FirstOrDefault(o => o.Name.Contains("logits", StringComparison.OrdinalIgnoreCase)) ?? _graph.Outputs[0]).Name;
        _used = Reachability.Of(_graph, _logits);
        _inputs = DecoderInputs.Recognise(_graph, _used, _path);
    }

    /// <summary>Raises a model.</summary>
    /// <param name="model">Open; stays with the caller.</param>
    /// <param name="wanted">Positions of the model as files beside it say, or as a user wishes; null where nobody says.</param>
    /// <exception cref="CompilationException">Everything that stands in the way (FLC15xx).</exception>
    public static RaisedModel Raise(OnnxModel model, int? wanted) => new Raiser(model).Raise(wanted);

    private RaisedModel Raise(int? wanted)
    {
        RequireSteps();
        IReadOnlyList<Lengths> small = LengthChoice.Small(_inputs);
        if (small.Count == 0)
        {
            throw new CompilationException(
                Codes.OnnxModelUnsupported, $"the caches of the model have room for {_inputs.Capacity} tokens, fewer than a step and a past need", _path,
                "export the model with larger caches");
        }

        (RaisedDecoder decoder, Lifter lifter) = Look(small[0]);
        string text = TextOf(decoder, lifter);
        List<(Lengths Lengths, int[] Windows)> looks = [(small[0], WindowsOf(lifter))];
        foreach (Lengths other in small.Skip(1))
        {
            (RaisedDecoder also, Lifter second) = Look(other);
            looks.Add((other, WindowsOf(second)));
            if (TextOf(also, second) != text || !AnglesOf(also).Zip(AnglesOf(decoder)).All(pair => NearAngles.AreNear(pair.First, pair.Second)))
            {
                throw Differs(other, small[0]);
            }
        }

        if (_inputs.FixedTokens is { } tokens)
        {
            _notes.Note(
                Codes.ModelNote, $"the file is made for steps of {tokens} token{(tokens == 1 ? "" : "s")}"
                    + (_inputs.FixedPast is { } past ? $" after {past}" : "") + "; what is compiled serves all lengths up to its context", _path);
        }

        (int? context, int[] windows) = FindContext(decoder, lifter, wanted);
        foreach ((Lengths lengths, int[] seen) in looks)
        {
            // A window shows where there are more keys than it is wide, and only there.
            if (seen.Where((window, i) => window != (windows[i] < lengths.Total ? windows[i] : 0)).Any())
            {
                throw Differs(lengths, new Lengths(1, Math.Max(context ?? 0, lengths.Total)));
            }
        }

        return new RaisedModel(WithWindows(decoder, lifter, windows), context, _notes.Items);
    }

    private static int[] WindowsOf(Lifter lifter) => [.. lifter.Attentions.Select(a => a.Scores.Window)];

    private CompilationException Differs(Lengths one, Lengths other) => new(
        Codes.OnnxModelUnsupported, $"the model does something else for {one} than for {other}; one that does the same for all lengths is wanted", _path,
        "export the model with dynamic lengths");

    // One token without a past sees itself alone: nothing can be told from that.
    private void RequireSteps()
    {
        if (_inputs is { FixedTokens: 1, HasPast: false })
        {
            throw new CompilationException(
                Codes.OnnxModelUnsupported, "the model takes one token and no past: it is no decoder of sequences", _path,
                "export the model with dynamic lengths, or with past keys and values");
        }
    }

    private (RaisedDecoder Decoder, Lifter Lifter) Look(Lengths lengths)
    {
        Lifter lifter = Lifter.Run(Specialisation.Of(_graph, _inputs, _used, lengths), _inputs);
        return lifter.ViewOf(_logits) is { } view ? (new DecoderReader(_path).Read(view.Term), lifter) : throw Stuck(lifter);
    }

    // Windows and angles are compared apart: whether a window shows depends on lengths, and so do the last digits of angles.
    private static string TextOf(RaisedDecoder decoder, Lifter lifter)
    {
        RaisedDecoder plain = WithWindows(decoder, lifter, new int[lifter.Attentions.Count]);
        plain = plain with { Layers = [.. plain.Layers.Select(l => l with { Attention = l.Attention.WithAngles(null) })] };
        GraphWriter writer = new(plain, (role, weight) => new Weight(role, WeightBinder.TypeOf(weight), Source: weight.Text));
        return GraphText.Print(writer.Write("decoder", 1));
    }

    private static IEnumerable<RotaryAngles?> AnglesOf(RaisedDecoder decoder) => decoder.Layers.Select(l => l.Attention.Rotary);

    // Beyond small lengths only what depends on positions is looked at again: angles, masks, tables.
    private int[]? TryLong(Lifter known, int total, out string problem)
    {
        problem = "";
        if (LengthChoice.Of(_inputs, total) is not { } lengths)
        {
            return null;
        }

        try
        {
            Lifter lifter = Lifter.Run(Specialisation.Of(_graph, _inputs, _used, lengths), _inputs, known);
            if (lifter.ViewOf(_logits) is not null)
            {
                return WindowsOf(lifter);
            }

            problem = Stuck(lifter).Diagnostics[0].Message;
        }
        catch (CompilationException e)
        {
            problem = e.Diagnostics[0].Message;
        }

        return null;
    }

    private (int? Context, int[] Windows) FindContext(RaisedDecoder decoder, Lifter lifter, int? wanted)
    {
        int[] windows = WindowsOf(lifter);
        int smallest = lifter.Graph.Lengths.Total;
        if (_inputs.Capacity is { } capacity)
        {
            return (capacity, TryLong(lifter, capacity, out _) ?? windows);
        }

        // Fixed lengths were looked at already, and there are no others.
        if (_inputs.FixedTokens is not null && (!_inputs.HasPast || _inputs.FixedPast is not null))
        {
            return (wanted ?? smallest, windows);
        }

        int? limit = decoder.Positions is { } positions ? (int)positions.Table.Shape[0] - positions.Offset : null;
        int longest = Math.Min(limit ?? int.MaxValue, wanted ?? LongestTried);
        int looked = Math.Min(longest, _inputs.HasPast ? LongestTried : (int)Math.Min(LongestWithoutPast, MostElements / decoder.Embedding.Columns));
        if (looked <= smallest)
        {
            return (longest, windows);
        }

        if (TryLong(lifter, looked, out string problem) is { } found)
        {
            if (looked < longest)
            {
                _notes.Note(
                    Codes.ModelNote, $"masks and angles were looked at for up to {looked} tokens: a window of attention that is wider does not show", _path,
                    _inputs.HasPast ? "" : "export the model with past keys and values: then longer sequences are looked at");
            }

            return (limit is null ? wanted : longest, found);
        }

        // The longest that works: tables and buffers end somewhere.
        int good = smallest, bad = looked;
        int[] best = windows;
        while (bad - good > 1)
        {
            int middle = LengthChoice.Between(good, bad);
            if (TryLong(lifter, middle, out string reason) is { } also)
            {
                (good, best) = (middle, also);
            }
            else
            {
                (bad, problem) = (middle, reason);
            }
        }

        if (wanted is not null || limit is not null)
        {
            _notes.Warning(Codes.OnnxModelUnsupported, $"the model serves {good} tokens and not {looked}: {problem}", _path);
        }

        return (good, best);
    }

    private static RaisedDecoder WithWindows(RaisedDecoder decoder, Lifter lifter, int[] windows)
    {
        Dictionary<AttentionTerm, int> byTerm = lifter.Attentions.Select((a, i) => (a.Term, windows[i])).ToDictionary(p => p.Term, p => p.Item2);
        return decoder with
        {
            Layers = [.. decoder.Layers.Select(l => l with { Attention = l.Attention.WithWindow(byTerm[l.Attention]) })],
        };
    }

    // Every node at which what is understood ends.
    private CompilationException Stuck(Lifter lifter)
    {
        DiagnosticBag bag = new();
        (HashSet<OnnxNode> open, HashSet<OnnxNode> seen) = OpenNodes(lifter);
        foreach (OnnxNode node in lifter.Refusals.Keys.Where(seen.Contains).OrderBy(lifter.Graph.OrderOf))
        {
            (string problem, string help) = lifter.Refusals[node];
            bag.Error(Codes.OnnxModelUnsupported, $"{problem} {NodeDescription.Of(node, lifter.Graph)}", node.Name, help);
        }

        foreach (OnnxNode node in open.Where(n => !lifter.Refusals.ContainsKey(n)).OrderBy(lifter.Graph.OrderOf))
        {
            bag.Error(
                Codes.OnnxOperatorUnsupported, $"nothing the Graph has is made of this {NodeDescription.Of(node, lifter.Graph)}", node.Name,
                "docs/onnx.md lists what is raised; export the model with another exporter or opset, or bring its safetensors");
        }

        int count = bag.Items.Count;
        List<Diagnostic> told = [.. bag.Items.Take(MostReported)];
        if (count > MostReported)
        {
            told.Add(new Diagnostic(Codes.OnnxModelUnsupported, Severity.Error, $"{count - MostReported} more nodes cannot be raised", _path, ""));
        }

        return told.Count > 0
            ? new CompilationException(told)
            : new CompilationException(Codes.OnnxModelUnsupported, "the logits do not depend on the token ids", _path, "export a whole decoder, from token ids to logits");
    }

    // What was not understood, and takes something that was, on the way to the logits.
    private (HashSet<OnnxNode> Open, HashSet<OnnxNode> Seen) OpenNodes(Lifter lifter)
    {
        HashSet<OnnxNode> open = [], seen = [];
        Stack<string> names = new([lifter.Graph.Resolve(_logits)]);
        while (names.TryPop(out string? name))
        {
            if (lifter.ViewOf(name) is not null || lifter.Graph.ProducerOf(name) is not { } node || !seen.Add(node))
            {
                continue;
            }

            if (node.Inputs.All(i => !lifter.Graph.IsData(i) || lifter.ViewOf(i) is not null))
            {
                open.Add(node);
            }

            foreach (string input in node.Inputs.Where(lifter.Graph.IsData))
            {
                names.Push(lifter.Graph.Resolve(input));
            }
        }

        return (open, seen);
    }
}
