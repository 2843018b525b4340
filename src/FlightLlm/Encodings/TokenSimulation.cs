namespace Flightc.FlightLlm;

/// <summary>
/// A published program in execution, without time: one in-order queue per unit, a FIFO of tokens for every ordered
/// pair of units, without a limit.
/// </summary>
/// <remarks>
/// An instruction takes its tokens when it starts and gives its own when it ends. Starting and ending are one step
/// here: an instruction that has started ends in any case, and until it does it gives nothing to anybody.
/// <para>
/// The order of steps decides nothing. A FIFO has one unit that fills and one that empties it, so a step of one
/// unit never takes from another what that could use: a head that can start stays able to (the net is persistent).
/// Hence all orders that go on as long as they can execute the same instructions and leave the same tokens.
/// </para>
/// </remarks>
public sealed class TokenSimulation
{
    private readonly int[][] _queues = new int[PublishedUnitExtensions.Count][];
    private readonly int[] _next = new int[PublishedUnitExtensions.Count];
    private readonly long[,] _tokens = new long[PublishedUnitExtensions.Count, PublishedUnitExtensions.Count];
    private readonly PublishedProgram _program;

    /// <summary>A program before its first step.</summary>
    public TokenSimulation(PublishedProgram program)
    {
        _program = program;
        List<int>[] queues = [.. Enumerable.Range(0, PublishedUnitExtensions.Count).Select(_ => new List<int>())];
        for (int i = 0; i < program.Count; i++)
        {
            queues[(int)program.UnitOf(i)].Add(i);
        }

        for (int unit = 0; unit < queues.Length; unit++)
        {
            _queues[unit] = [.. queues[unit]];
        }
    }

    /// <summary>Whether every instruction was executed.</summary>
    public bool IsDone => _program.Encoding.Units.All(unit => Head(unit) < 0);

    /// <summary>Number of instructions of a unit that were executed.</summary>
    public int Executed(PublishedUnit unit) => _next[(int)unit];

    /// <summary>The instruction that a unit comes to next; -1 where it has none left.</summary>
    public int Head(PublishedUnit unit)
    {
        int[] queue = _queues[(int)unit];
        int next = _next[(int)unit];
        return next < queue.Length ? queue[next] : -1;
    }

    /// <summary>Tokens that lie between two units.</summary>
    public long Tokens(PublishedUnit from, PublishedUnit to) => _tokens[(int)from, (int)to];

    /// <summary>Units whose tokens a unit lacks for its next instruction; none where it can start.</summary>
    /// <exception cref="InvalidOperationException">The unit has no instruction left.</exception>
    public PublishedUnits Lacks(PublishedUnit unit)
    {
        PublishedUnits lacking = PublishedUnits.None;
        int head = Head(unit);
        PublishedUnits wait = head < 0
            ? throw new InvalidOperationException($"{unit.Name()} has no instruction left")
            : _program.WaitOf(head);
        for (PublishedUnit from = 0; wait != PublishedUnits.None; from++)
        {
            if (wait.Has(from) && _tokens[(int)from, (int)unit] == 0)
            {
                lacking |= from.AsSet();
            }

            wait &= ~from.AsSet();
        }

        return lacking;
    }

    /// <summary>Whether a unit has an instruction left that can start.</summary>
    public bool CanStep(PublishedUnit unit) => Head(unit) >= 0 && Lacks(unit) == PublishedUnits.None;

    /// <summary>Executes the next instruction of a unit.</summary>
    /// <exception cref="InvalidOperationException">It cannot start.</exception>
    public void Step(PublishedUnit unit)
    {
        if (!CanStep(unit))
        {
            throw new InvalidOperationException($"{unit.Name()} cannot start an instruction");
        }

        int head = Head(unit);
        PublishedUnits wait = _program.WaitOf(head);
        PublishedUnits release = _program.ReleaseOf(head);
        for (PublishedUnit other = 0; (wait | release) != PublishedUnits.None; other++)
        {
            _tokens[(int)other, (int)unit] -= wait.Has(other) ? 1 : 0;
            _tokens[(int)unit, (int)other] += release.Has(other) ? 1 : 0;
            wait &= ~other.AsSet();
            release &= ~other.AsSet();
        }

        _next[(int)unit]++;
    }

    /// <summary>Goes on as long as any unit can.</summary>
    /// <param name="held">Units that stand still meanwhile.</param>
    public void Run(PublishedUnits held = PublishedUnits.None)
    {
        bool moved;
        do
        {
            moved = false;
            foreach (PublishedUnit unit in _program.Encoding.Units)
            {
                while (!held.Has(unit) && CanStep(unit))
                {
                    Step(unit);
                    moved = true;
                }
            }
        }
        while (moved);
    }
}
