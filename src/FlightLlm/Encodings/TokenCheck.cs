using Flightc.Diagnostics;

namespace Flightc.FlightLlm;

/// <summary>What the tokens of a published program prove: that units cannot wait for ever, and that none is left.</summary>
/// <remarks>Three rules, of which the third only binds encodings that mark the end:
/// <list type="number">
/// <item>Balance: on every ordered pair of units as many tokens are released as waited for.</item>
/// <item>Order: all instructions can be executed. One order answers for all: see <see cref="TokenSimulation"/>.</item>
/// <item>End: the last instruction ends the program, and under no timing before every other instruction.</item>
/// </list>
/// </remarks>
public sealed class TokenCheck
{
    private readonly PublishedProgram _program;
    private readonly DiagnosticBag _balance = new();
    private readonly DiagnosticBag _order = new();
    private readonly DiagnosticBag _end = new();
    private readonly string _location;

    private TokenCheck(PublishedProgram program, string location)
    {
        _program = program;
        _location = location;
        Edges = [.. EdgesOf(program)];
        CheckBalance();
        CheckOrder();
        if (program.Encoding.EndField.Length > 0)
        {
            CheckEnd();
        }
    }

    /// <summary>Pairs of units between which tokens go, in the order of units.</summary>
    public IReadOnlyList<TokenEdge> Edges { get; }

    /// <summary>What is wrong by the first rule (FLC4001).</summary>
    public IReadOnlyList<Diagnostic> BalanceFindings => _balance.Items;

    /// <summary>What is wrong by the second rule (FLC4001).</summary>
    public IReadOnlyList<Diagnostic> OrderFindings => _order.Items;

    /// <summary>What is wrong by the third rule (FLC4001).</summary>
    public IReadOnlyList<Diagnostic> EndFindings => _end.Items;

    /// <summary>Everything that is wrong; empty where nothing is.</summary>
    public IReadOnlyList<Diagnostic> Findings => [.. BalanceFindings, .. OrderFindings, .. EndFindings];

    /// <summary>Checks a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="location">Its name, for messages.</param>
    public static TokenCheck Of(PublishedProgram program, string location) => new(program, location);

    private static IEnumerable<TokenEdge> EdgesOf(PublishedProgram program)
    {
        const int n = PublishedUnitExtensions.Count;
        long[,] released = new long[n, n];
        long[,] waited = new long[n, n];
        for (int i = 0; i < program.Count; i++)
        {
            PublishedUnit unit = program.UnitOf(i);
            foreach (PublishedUnit to in program.ReleaseOf(i).Members())
            {
                released[(int)unit, (int)to]++;
            }

            foreach (PublishedUnit from in program.WaitOf(i).Members())
            {
                waited[(int)from, (int)unit]++;
            }
        }

        long[,] peaks = PeaksOf(program);
        foreach (PublishedUnit from in program.Encoding.Units)
        {
            foreach (PublishedUnit to in program.Encoding.Units)
            {
                (long r, long w) = (released[(int)from, (int)to], waited[(int)from, (int)to]);
                if (r + w > 0)
                {
                    yield return new TokenEdge(from, to, r, w, peaks[(int)from, (int)to]);
                }
            }
        }
    }

    /// <summary>
    /// A FIFO is fullest when its taker is as late as it can be: each taker in turn moves only when no other unit
    /// can. What the others can do while it stands still does not depend on their order, so this is the maximum
    /// over all orders.
    /// </summary>
    private static long[,] PeaksOf(PublishedProgram program)
    {
        long[,] peaks = new long[PublishedUnitExtensions.Count, PublishedUnitExtensions.Count];
        foreach (PublishedUnit taker in program.Encoding.Units)
        {
            TokenSimulation simulation = new(program);
            bool moves;
            do
            {
                simulation.Run(held: taker.AsSet());
                foreach (PublishedUnit from in program.Encoding.Units)
                {
                    ref long peak = ref peaks[(int)from, (int)taker];
                    peak = Math.Max(peak, simulation.Tokens(from, taker));
                }

                moves = simulation.CanStep(taker);
                if (moves)
                {
                    simulation.Step(taker);
                }
            }
            while (moves);
        }

        return peaks;
    }

    private void CheckBalance()
    {
        foreach (TokenEdge edge in Edges.Where(e => e.Released != e.Waited))
        {
            Error(
                _balance,
                $"{edge.From.Name()} releases {edge.Released} tokens to {edge.To.Name()}, which waits for {edge.Waited}");
        }
    }

    private void CheckOrder()
    {
        TokenSimulation simulation = new(_program);
        simulation.Run();
        if (simulation.IsDone)
        {
            return;
        }

        int executed = _program.Encoding.Units.Sum(simulation.Executed);
        IEnumerable<string> waiting = _program.Encoding.Units.Where(unit => simulation.Head(unit) >= 0).Select(
            unit => $"{unit.Name()} at byte {_program.ByteOf(simulation.Head(unit))} lacks {simulation.Lacks(unit).Text()}");
        Error(
            _order,
            $"after {executed} of {_program.Count} instructions no unit can start its next: {string.Join("; ", waiting)}");
    }

    private void CheckEnd()
    {
        int last = _program.Count - 1;
        if (!_program.EndsAt(last))
        {
            Error(_end, "no instruction ends the program; the last has to");
            return;
        }

        foreach (PublishedUnit unit in _program.Encoding.Units.Where(u => u != PublishedUnit.System))
        {
            TokenSimulation simulation = new(_program);
            if (RunToLast(simulation, unit) && simulation.Head(PublishedUnit.System) < 0)
            {
                Error(_end, $"the program can end before the last instruction of {unit.Name()} has: nothing waits for that");
            }
        }
    }

    /// <summary>Runs everything but the last instruction of a unit; false where the unit never comes to that.</summary>
    private bool RunToLast(TokenSimulation simulation, PublishedUnit unit)
    {
        int count = _program.CountByUnit().Single(u => u.Unit == unit).Count;
        simulation.Run(held: unit.AsSet());
        while (simulation.Executed(unit) < count - 1 && simulation.CanStep(unit))
        {
            simulation.Step(unit);
            simulation.Run(held: unit.AsSet());
        }

        return count > 0 && simulation.Executed(unit) == count - 1;
    }

    private void Error(DiagnosticBag bag, string message) => bag.Error(Codes.ProgramInvalid, message, _location);
}
