using Flightc.Diagnostics;

namespace Flightc.Runtime.Evaluation;

/// <summary>Scores texts by several models at once, each against one reference.</summary>
/// <remarks>The reference runs once, however many models are evaluated. What is held is a chunk of the
/// reference's logits, not those of a text.</remarks>
public sealed class Evaluator
{
    // Rows of the reference that are held; as many as a prefill step usually takes.
    private const int ChunkTokens = 128;

    private readonly EvaluationProtocol _protocol;
    private readonly IReadOnlyList<LogitsSource> _models;
    private readonly LogitsSource? _reference;
    private readonly float[][] _rows;

    /// <summary>Checks that the models can be evaluated together.</summary>
    /// <param name="protocol">How.</param>
    /// <param name="models">At least one.</param>
    /// <param name="reference">What to compare with; may be null.</param>
    /// <exception cref="CompilationException">
    /// Vocabularies differ (FLC4004), or the window has not two tokens or is longer than the context of a
    /// model (FLC5001).
    /// </exception>
    public Evaluator(EvaluationProtocol protocol, IReadOnlyList<LogitsSource> models, LogitsSource? reference)
    {
        ArgumentOutOfRangeException.ThrowIfZero(models.Count, nameof(models));
        _protocol = protocol;
        _models = models;
        _reference = reference;
        Require();
        Scores = [.. models.Select(m => new EvaluationScores(m.Name, reference?.Name))];
        _rows = new float[reference is null ? 0 : Math.Min(ChunkTokens, protocol.Window)][];
    }

    /// <summary>The scores of each model, in their order.</summary>
    public IReadOnlyList<EvaluationScores> Scores { get; }

    /// <summary>
    /// Called after every chunk with the number of tokens that were run, for progress; what it throws ends
    /// the call.
    /// </summary>
    public Action<long>? Ran { get; set; }

    /// <summary>Scores records and gives the numbers of each model.</summary>
    /// <param name="records">Read one at a time, and only as many as the protocol wants. One without two
    /// tokens has nothing to score.</param>
    /// <exception cref="CompilationException">A token is outside the vocabulary (FLC5002), nothing can be
    /// scored (FLC1302), or a model fails.</exception>
    public IReadOnlyList<EvaluationResult> Run(IEnumerable<EvaluationRecord> records)
    {
        int number = 0;
        foreach (EvaluationRecord record in _protocol.MaxRecords is { } most ? records.Take(most) : records)
        {
            Add(number++, record);
        }

        return [.. Scores.Select(s => s.Summarize(_protocol))];
    }

    /// <summary>Scores one record.</summary>
    /// <param name="number">Its number among all, from 0 on; each once.</param>
    /// <param name="record">The record.</param>
    /// <exception cref="CompilationException">A token is outside the vocabulary (FLC5002), or a model
    /// fails.</exception>
    public void Add(int number, EvaluationRecord record)
    {
        foreach (EvaluationWindow window in _protocol.WindowsOf(number, record))
        {
            Add(window);
        }
    }

    /// <summary>Scores one window.</summary>
    /// <param name="window">Each once.</param>
    /// <exception cref="CompilationException">A token is outside the vocabulary (FLC5002), or a model
    /// fails.</exception>
    public void Add(EvaluationWindow window)
    {
        ReadOnlySpan<int> ids = window.Ids.Span;
        int vocabulary = _models[0].VocabularySize;
        for (int i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)vocabulary)
            {
                throw new CompilationException(
                    Codes.TokenOutOfRange,
                    $"token {(window.Window * _protocol.Stride) + i} of the record has the id {ids[i]}, which is outside the vocabulary, 0 to {vocabulary - 1}",
                    window.Location, "use text or ids made for the tokenizer of the model");
            }
        }

        Score(window.Record, window.Window, ids);
    }

    private void Score(int record, int window, ReadOnlySpan<int> ids)
    {
        ScoreSums[] sums = new ScoreSums[_models.Count];
        _reference?.Begin();
        foreach (LogitsSource model in _models)
        {
            model.Begin();
        }

        // The last token has none after it, so its logits are not wanted.
        for (int start = 0; start < ids.Length - 1; start += ChunkTokens)
        {
            ReadOnlySpan<int> chunk = ids.Slice(start, Math.Min(ChunkTokens, ids.Length - 1 - start));
            int[] next = ids.Slice(start + 1, chunk.Length).ToArray();
            _reference?.Continue(chunk, (row, logits) => _rows[row] = Copy(logits, _rows[row]));
            for (int m = 0; m < sums.Length; m++)
            {
                int model = m;
                _models[m].Continue(chunk, (row, logits) => sums[model] += _reference is null
                    ? LogitsComparison.Score(logits, next[row])
                    : LogitsComparison.Compare(logits, _rows[row], next[row]));
            }

            Ran?.Invoke(chunk.Length);
        }

        for (int m = 0; m < sums.Length; m++)
        {
            Scores[m].Add(new WindowScore(record, window, sums[m]));
        }
    }

    private void Require()
    {
        LogitsSource first = _models[0];
        DiagnosticBag bag = new();
        foreach (LogitsSource source in _reference is null ? _models : [.. _models, _reference])
        {
            if (source.VocabularySize != first.VocabularySize)
            {
                bag.Error(
                    Codes.ImageMismatch,
                    $"a vocabulary of {source.VocabularySize} cannot be compared with the {first.VocabularySize} of '{Excerpt.Of(first.Name)}'",
                    source.Name, "evaluate images of one model, with that model as the reference");
            }

            if (_protocol.Window < 2 || _protocol.Window > source.ContextLength)
            {
                bag.Error(
                    Codes.ContextExceeded,
                    $"a window of {_protocol.Window} tokens is not one of 2 to {source.ContextLength}",
                    source.Name,
                    "choose another window, or compile with a larger --max-length");
            }
        }

        bag.ThrowIfErrors();
    }

    private static float[] Copy(ReadOnlySpan<float> logits, float[]? reused)
    {
        float[] row = reused?.Length == logits.Length ? reused : new float[logits.Length];
        logits.CopyTo(row);
        return row;
    }
}
