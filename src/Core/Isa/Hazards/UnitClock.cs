namespace Flightc.Isa.Hazards;

/// <summary>
/// What has ended before a unit's next instruction starts, whatever the timing: by unit of the core, how many
/// of its instructions. A vector clock (Fidge 1988, Mattern 1989), whose messages are the tokens.
/// </summary>
internal sealed class UnitClock
{
    private readonly Queue<int[]>[] _tokens = [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(_ => new Queue<int[]>())];

    /// <summary>By unit: instructions known to have ended; for the unit itself all of its own so far.</summary>
    public int[] Ended { get; } = new int[InstructionSet.UnitCount];

    /// <summary>Receives a token of a unit: the k-th that is given is the k-th that is taken.</summary>
    /// <param name="giver">The unit.</param>
    /// <param name="ended">Its clock; not changed afterwards.</param>
    public void Receive(int giver, int[] ended) => _tokens[giver].Enqueue(ended);

    /// <summary>Takes a token from every unit of a set, and knows what they knew.</summary>
    /// <param name="wait">The set, a bit per unit.</param>
    public void Take(int wait)
    {
        for (int giver = 0; wait >> giver != 0; giver++)
        {
            if ((wait >> giver & 1) == 1)
            {
                int[] known = _tokens[giver].Dequeue();
                for (int unit = 0; unit < Ended.Length; unit++)
                {
                    Ended[unit] = Math.Max(Ended[unit], known[unit]);
                }
            }
        }
    }
}
