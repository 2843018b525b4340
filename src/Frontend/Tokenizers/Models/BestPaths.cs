namespace Flightc.Tokenizers;

/// <summary>For every end in a word, the last piece of the likeliest segmentation up to there.</summary>
internal sealed class BestPaths
{
    private const int NoStart = -1;

    private double[] _scores = new double[64];
    private int[] _starts = new int[64];
    private int[] _ids = new int[64];

    /// <summary>Forgets all paths; there is one to 0, of no piece.</summary>
    /// <param name="length">The last end.</param>
    public void Clear(int length)
    {
        if (length >= _scores.Length)
        {
            int size = Math.Max(length + 1, _scores.Length * 2);
            _scores = new double[size];
            _starts = new int[size];
            _ids = new int[size];
        }

        Array.Fill(_starts, NoStart, 0, length + 1);
        _scores[0] = 0;
    }

    /// <summary>The last piece of the best path to an end that has one.</summary>
    public (int Start, int Id) PieceTo(int end) => (_starts[end], _ids[end]);

    /// <summary>Takes a piece where it is better than what was found; of equals the first stays.</summary>
    public void Offer(int start, int end, int id, double score)
    {
        double total = _scores[start] + score;
        if (_starts[end] == NoStart || total > _scores[end])
        {
            (_scores[end], _starts[end], _ids[end]) = (total, start, id);
        }
    }
}
