namespace Flightc.Onnx.Evaluation;

/// <summary>Cosines and sines by position and pair, as two inputs of a node hold them.</summary>
internal sealed class RotaryTables(OperatorCall call, int cosInput, bool isInterleaved)
{
    private readonly double[] _cos = call.Read<double>(cosInput).ToArray();
    private readonly double[] _sin = call.Read<double>(cosInput + 1).ToArray();
    private readonly int _pairs = (int)call.Shape(cosInput)[1];
    private readonly long _rows = call.Shape(cosInput)[0];

    /// <summary>Turns all heads in place.</summary>
    /// <param name="heads">Queries or keys.</param>
    /// <param name="positionOf">The position of (batch, token).</param>
    public void Turn(Heads heads, Func<int, int, long> positionOf)
    {
        for (int batch = 0; batch < heads.BatchCount; batch++)
        {
            for (int token = 0; token < heads.Length; token++)
            {
                long position = positionOf(batch, token);
                if (position < 0 || position >= _rows)
                {
                    throw call.Invalid($"position {position} is outside the tables of {_rows} positions");
                }

                int start = (int)position * _pairs;
                for (int head = 0; head < heads.HeadCount; head++)
                {
                    RotaryRotation.Turn(heads.Row(batch, head, token), _cos.AsSpan(start, _pairs), _sin.AsSpan(start, _pairs), isInterleaved);
                }
            }
        }
    }
}
