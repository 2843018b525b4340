using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>
/// Runs all windows through one segment after another, forwards and then backwards, so that the weights and the statistics of one segment
/// are held at a time.
/// </summary>
/// <remarks>
/// Forwards, only what is between segments is kept, in the journal. Backwards, a segment's values are computed again from what it reads, and
/// its statistics are found: windows in order, and for each its draws in order, so that the bits are those of a run that holds everything.
/// </remarks>
internal sealed class CalibrationEngine
{
    private const long ComfortableBytes = 256L << 20;

    private readonly CalibrationPlan _plan;
    private readonly CalibrationJournal _journal;
    private readonly HeldWeights _weights;
    private readonly DifferentiableGraph _model;
    private readonly TokenSampler _sampler;
    private readonly CalibrationProgress _progress;
    private readonly CancellationToken _token;

    /// <param name="plan">What is run.</param>
    /// <param name="weights">Data of the Graph.</param>
    /// <param name="journal">Has what is done.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="token">Stops between the windows of a segment.</param>
    public CalibrationEngine(
        CalibrationPlan plan, IWeights weights, CalibrationJournal journal, Action<double>? progress, CancellationToken token)
    {
        (_plan, _journal, _token) = (plan, journal, token);
        _weights = new HeldWeights(weights);
        _model = new DifferentiableGraph(plan.Graph, _weights.Read, plan.Options.Threads);
        _sampler = new TokenSampler(plan.Options.Seed);
        _progress = new CalibrationProgress(plan, progress);
    }

    /// <summary>Does what the journal lacks.</summary>
    /// <exception cref="CompilationException">A value is not finite (FLC5003), or the journal cannot be written (FLC9002).</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public void Run()
    {
        int last = _plan.Segments.Count - 1;
        try
        {
            for (int segment = 0; segment <= last && !_plan.HasDerivatives; segment++)
            {
                bool isDone = segment <= _journal.LastStatistics;
                _progress.Begin(segment, isBackward: false, isDone);
                if (!isDone)
                {
                    RunOnce(segment);
                    Release();
                }
            }

            if (!_plan.HasDerivatives)
            {
                return;
            }

            for (int segment = 0; segment < last; segment++)
            {
                bool isDone = segment <= _journal.LastValues || _journal.FirstStatistics <= last;
                _progress.Begin(segment, isBackward: false, isDone);
                if (!isDone)
                {
                    RunForward(segment);
                    Release();
                }
            }

            for (int segment = last; segment >= 0; segment--)
            {
                bool isDone = segment >= _journal.FirstStatistics;
                _progress.Begin(segment, isBackward: true, isDone);
                if (!isDone)
                {
                    RunBackward(segment);
                    Release();
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Codes.CannotWrite, $"cannot keep intermediate values: {e.Message}", "", "free space, or name another place; the same command then goes on", e);
        }
    }

    private void RunForward(int segment)
    {
        using ScratchWriter values = _journal.CreateValues(segment);
        using ScratchReader? inputs = segment > 0 ? _journal.OpenValues(segment - 1) : null;
        for (int window = 0; window < _plan.Windows.Count; window++)
        {
            WindowState state = Compute(segment, window, inputs);
            values.Write(state.Values[_plan.Segments[segment].Output.Index]);
            _progress.Ran(state.Tokens);
        }

        values.Commit();
        _journal.CommitValues(segment);
    }

    // Without derivatives: values and statistics in one go.
    private void RunOnce(int segment)
    {
        MomentSums sums = new(_plan.Options.Threads);
        using (ScratchWriter? values = segment < _plan.Segments.Count - 1 ? _journal.CreateValues(segment) : null)
        using (ScratchReader? inputs = segment > 0 ? _journal.OpenValues(segment - 1) : null)
        {
            for (int window = 0; window < _plan.Windows.Count; window++)
            {
                WindowState state = Compute(segment, window, inputs);
                AddInputs(segment, state, sums);
                if (values is not null)
                {
                    values.Write(state.Values[_plan.Segments[segment].Output.Index]);
                }

                _progress.Ran(state.Tokens);
            }

            values?.Commit();
        }

        _journal.CommitStatistics(segment, Means(segment, sums));
    }

    private void RunBackward(int segment)
    {
        bool isLast = segment == _plan.Segments.Count - 1;
        MomentSums sums = new(_plan.Options.Threads);
        using (ScratchReader? inputs = segment > 0 ? _journal.OpenValues(segment - 1) : null)
        using (ScratchReader? outer = isLast ? null : _journal.OpenGradients(segment + 1))
        using (ScratchWriter? inner = segment > 0 ? _journal.CreateGradients(segment) : null)
        {
            for (int window = 0; window < _plan.Windows.Count; window++)
            {
                WindowState state = Compute(segment, window, inputs);
                AddInputs(segment, state, sums);
                for (int draw = 0; draw < _plan.Options.Draws; draw++)
                {
                    _token.ThrowIfCancellationRequested();
                    Differentiate(segment, window, draw, state, outer);
                    AddOutputs(segment, state, sums);
                    if (inner is not null)
                    {
                        inner.Write(state.Gradients[_plan.Segments[segment].Input!.Value.Index]);
                    }
                }

                _progress.Ran(state.Tokens);
            }

            inner?.Commit();
        }

        _journal.CommitStatistics(segment, Means(segment, sums));
    }

    // Without the collection, arrays of hundreds of megabytes that nobody needs any more would stand beside the next segment's.
    private void Release()
    {
        _weights.Clear();
        if (GC.GetTotalMemory(forceFullCollection: false) > ComfortableBytes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private WindowState Compute(int segment, int window, ScratchReader? inputs)
    {
        _token.ThrowIfCancellationRequested();
        GraphSegment nodes = _plan.Segments[segment];
        WindowState state = new(_plan.Graph, _plan.Windows[window]);
        if (inputs is not null)
        {
            ValueId input = nodes.Input!.Value;
            state.Values[input.Index] = inputs.Read(checked(state.Tokens * _plan.ColumnsOf(input)));
        }

        _model.Forward(state, nodes.First, _plan.EndOf(segment));
        RequireFinite(nodes, state.Values, window, "");
        return state;
    }

    private void Differentiate(int segment, int window, int draw, WindowState state, ScratchReader? outer)
    {
        GraphSegment nodes = _plan.Segments[segment];
        int output = nodes.Output.Index;
        Array.Clear(state.Gradients);
        state.Gradients[output] = outer is null
            ? _sampler.Gradient(state.Values[output]!, state.Tokens, window, draw, _plan.Options.Threads)
            : outer.Read(checked(state.Tokens * _plan.ColumnsOf(nodes.Output)));
        _model.Backward(state, nodes.First, nodes.End);
        RequireFinite(nodes, state.Gradients, window, "the derivative by ");
    }

    private void AddInputs(int segment, WindowState state, MomentSums sums)
    {
        for (int i = _plan.Segments[segment].First; i < _plan.Segments[segment].End; i++)
        {
            if (_plan.OwnsInput(i))
            {
                CalibratedMatrix matrix = _plan.MatrixOf(i)!;
                float[] x = state.Values[_plan.Graph.Nodes[i].Operands[0].Index]!;
                sums.AddMoment(matrix.InputMoment, x, matrix.Columns);
                sums.TakeLargest(matrix.InputLargest, x, matrix.Columns);
            }
        }
    }

    private void AddOutputs(int segment, WindowState state, MomentSums sums)
    {
        for (int i = _plan.Segments[segment].First; i < _plan.Segments[segment].End; i++)
        {
            if (_plan.MatrixOf(i) is not { } matrix)
            {
                continue;
            }

            float[] gradient = state.Gradients[_plan.Graph.ValueOfNode(i).Index]!;
            if (_plan.Graph.Nodes[i].Op is Embedding)
            {
                sums.AddMoment(matrix.LookupMoment, gradient, matrix.Columns);
            }
            else if (matrix.HasWholeOutputMoment)
            {
                sums.AddMoment(matrix.OutputMoment, gradient, matrix.Rows);
            }
            else
            {
                sums.AddSquares(matrix.OutputMoment, gradient, matrix.Rows);
            }
        }
    }

    private IReadOnlyDictionary<string, float[]> Means(int segment, MomentSums sums)
    {
        for (int i = _plan.Segments[segment].First; i < _plan.Segments[segment].End; i++)
        {
            if (_plan.MatrixOf(i) is not { } matrix)
            {
                continue;
            }

            double tokens = _plan.Tokens, derivatives = tokens * _plan.Options.Draws;
            if (_plan.Graph.Nodes[i].Op is Embedding)
            {
                if (matrix.HasDerivatives)
                {
                    sums.Scale(matrix.LookupMoment, 1 / derivatives);
                }

                sums.SetShares(matrix.LookupShares, _plan.Windows, matrix.Rows);
                continue;
            }

            if (matrix.HasDerivatives)
            {
                sums.Scale(matrix.OutputMoment, 1 / derivatives);
            }

            if (_plan.OwnsInput(i))
            {
                sums.Scale(matrix.InputMoment, 1 / tokens);
            }
        }

        foreach ((string name, _) in _plan.TensorsOf(segment))
        {
            if (FiniteCheck.FirstFault(sums.Tensors[name]) is >= 0 and int at)
            {
                throw new CompilationException(
                    Codes.ResultNotFinite, $"element {at} of '{name}' is beyond binary32: activations or derivatives are too large", name,
                    "check that the model gives sensible text in binary32");
            }
        }

        return sums.Tensors;
    }

    private void RequireFinite(GraphSegment segment, float[]?[] values, int window, string what)
    {
        for (int i = segment.First; i < segment.End; i++)
        {
            ValueId value = _plan.Graph.ValueOfNode(i);
            if (values[value.Index] is { } found && FiniteCheck.FirstFault(found) is >= 0 and int at)
            {
                int columns = _plan.ColumnsOf(value);
                throw new CompilationException(
                    Codes.ResultNotFinite,
                    $"{what}element {at % columns} of '{_plan.Graph.NameOf(value)}' is {found[at]} at token {at / columns} of window {window}; calibration needs finite values",
                    _plan.Graph.NameOf(value), "check that the model gives sensible text in binary32, and leave out the record");
            }
        }
    }
}
