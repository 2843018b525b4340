using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>The share of a calibration that is done, by the multiplications that its pieces take.</summary>
internal sealed class CalibrationProgress
{
    private readonly CalibrationPlan _plan;
    private readonly Action<double>? _report;
    private readonly double _total;
    private double _before;
    private double _current;
    private long _tokens;

    /// <param name="plan">What is run.</param>
    /// <param name="report">Told the share, 0 … 1.</param>
    public CalibrationProgress(CalibrationPlan plan, Action<double>? report)
    {
        (_plan, _report) = (plan, report);
        int count = plan.Segments.Count;
        _total = !plan.HasDerivatives ? Enumerable.Range(0, count).Sum(s => Work(s, false)) : Enumerable.Range(0, count - 1).Sum(s => Work(s, false)) + Enumerable.Range(0, count).Sum(s => Work(s, true));
    }

    /// <summary>Goes on to a piece.</summary>
    /// <param name="segment">Number of the segment.</param>
    /// <param name="isBackward">Which way.</param>
    /// <param name="isDone">Whether an earlier run did it.</param>
    public void Begin(int segment, bool isBackward, bool isDone)
    {
        _before += _current;
        (_current, _tokens) = (Work(segment, isBackward), 0);
        if (isDone)
        {
            Ran(_plan.Tokens);
        }
    }

    /// <summary>Tells of tokens that the piece has run.</summary>
    public void Ran(int tokens) => Ran((long)tokens);

    private void Ran(long tokens)
    {
        _tokens += tokens;
        _report?.Invoke(Math.Min(1, (_before + (_current * _tokens / _plan.Tokens)) / _total));
    }

    // Multiplications per token. Forwards, backwards and moments; attention and norms are small beside them.
    private double Work(int segment, bool isBackward)
    {
        double products = 0, inputs = 0, outputs = 0;
        for (int i = _plan.Segments[segment].First; i < _plan.Segments[segment].End; i++)
        {
            if (_plan.Graph.Nodes[i].Op is Linear)
            {
                CalibratedMatrix matrix = _plan.MatrixOf(i)!;
                (double rows, double columns) = (matrix.Rows, matrix.Columns);
                products += rows * columns;
                inputs += _plan.OwnsInput(i) ? columns * columns / 2 : 0;
                outputs += matrix.HasWholeOutputMoment ? rows * rows / 2 : rows;
            }
        }

        return isBackward ? products + inputs + (_plan.Options.Draws * (products + outputs)) : products + (_plan.HasDerivatives ? 0 : inputs);
    }
}
