using Flightc.Isa;

namespace Flightc.Timing;

/// <summary>One unit of one core during a step: where its stream is, and what it has spent its time on.</summary>
internal sealed class UnitRun
{
    public static readonly int CauseCount = Enum.GetValues<StallCause>().Length;

    private readonly long[] _counts = new long[Source.LoopCount];
    private readonly double[] _stalls = new double[CauseCount];
    private readonly List<Stall> _current = [];
    private int _depth;
    private StallCause _cause;
    private double _loopsFetched;
    private double _visible;

    public UnitRun(int core, Unit unit, TimedStream stream, InstructionFetch fetch, long[] sources)
    {
        (Core, Unit, Stream, Fetch, Sources) = (core, unit, stream, fetch, [.. sources]);
        Tokens = [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(_ => new Queue<double>())];
    }

    public int Core { get; }

    public Unit Unit { get; }

    public TimedStream Stream { get; }

    public InstructionFetch Fetch { get; }

    /// <summary>Values of registers and of this stream's loop indices.</summary>
    public long[] Sources { get; }

    /// <summary>By unit that gave them: when tokens not yet taken can be seen.</summary>
    public Queue<double>[] Tokens { get; }

    /// <summary>Number of the instruction that runs, or runs next.</summary>
    public int At { get; private set; }

    public bool HasEnded => At >= Stream.Length;

    public ref readonly TimedInstruction Current => ref Stream[At];

    /// <summary>When the unit has finished its last instruction.</summary>
    public double Free { get; private set; }

    /// <summary>Whether the instruction has started and waits for rings.</summary>
    public bool IsRunning { get; set; }

    /// <summary>When the instruction started.</summary>
    public double Start { get; private set; }

    /// <summary>Of the instruction that runs: the cycles it takes, waiting for data not counted.</summary>
    public double Ideal { get; set; }

    /// <summary>What is still to be done after the last row came off a ring.</summary>
    public double Rest { get; set; }

    public double Busy { get; private set; }

    public long Instructions { get; private set; }

    /// <summary>When the instruction can start; infinite while a token is missing.</summary>
    public double EarliestStart()
    {
        double time = Math.Max(Free, Math.Max(_loopsFetched, Fetch.Arrival(At)));
        _cause = StallCause.InstructionFetch;
        int wait = Current.Wait;
        for (int other = 0; wait >> other != 0; other++)
        {
            if ((wait >> other & 1) == 0)
            {
                continue;
            }

            if (!Tokens[other].TryPeek(out double token))
            {
                return double.PositiveInfinity;
            }

            if (token > time)
            {
                (time, _cause) = (token, StallCause.LoadToken + other);
            }
        }

        return time;
    }

    /// <summary>Takes tokens and starts the instruction.</summary>
    /// <param name="time">When.</param>
    /// <param name="ready">When it could have started but for other cores.</param>
    public void Begin(double time, double ready)
    {
        int wait = Current.Wait;
        for (int other = 0; wait >> other != 0; other++)
        {
            if ((wait >> other & 1) == 1)
            {
                Tokens[other].Dequeue();
            }
        }

        _current.Clear();
        Wait(_cause, ready - Free, before: true);
        Wait(StallCause.ExchangePartner, time - ready, before: true);
        Start = time;
        Fetch.Consume(At, time);
    }

    /// <summary>Adds to what the instruction waited for.</summary>
    public void Wait(StallCause cause, double cycles, bool before = false)
    {
        if (cycles > 0)
        {
            _stalls[(int)cause] += cycles;
            _current.Add(new Stall(cause, cycles, before));
        }
    }

    /// <summary>Ends the instruction and goes on to the next, through loops.</summary>
    /// <param name="end">When the unit is free again.</param>
    /// <param name="observer">Sees the instruction, or null.</param>
    public void End(double end, ITimingObserver? observer)
    {
        double during = 0;
        foreach (Stall stall in _current)
        {
            during += stall.BeforeStart ? 0 : stall.Cycles;
        }

        Busy += end - Start - during;
        observer?.Executed(
            Core, Unit, At, Current.Instruction.Resolve(Sources), Start, end,
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_current));
        (Free, IsRunning) = (end, false);
        Instructions++;
        At++;
    }

    /// <summary>When the results of the instruction that runs can be seen: in the order of instructions.</summary>
    public double Visible(double time) => _visible = Math.Max(_visible, time);

    /// <summary>Passes loops until an instruction comes, or the end.</summary>
    public void FollowLoops()
    {
        double fetched = 0;
        while (!HasEnded)
        {
            fetched = Math.Max(fetched, Fetch.Arrival(At));
            double time = Math.Max(Free, fetched);
            if (Current.Instruction is BeginLoop loop)
            {
                long count = loop.Count.Evaluate(Sources);
                if (count <= 0)
                {
                    Fetch.Leave(At, Current.Partner, time);
                    At = Current.Partner + 1;
                    continue;
                }

                Fetch.Enter(At, time);
                _counts[_depth] = count;
                Sources[Source.FirstLoop + _depth++] = 0;
                At++;
            }
            else if (Current.Instruction is EndLoop)
            {
                int begin = Current.Partner;
                ref long index = ref Sources[Source.FirstLoop + _depth - 1];
                if (++index < _counts[_depth - 1])
                {
                    Fetch.Repeat(begin, time);
                    At = begin + 1;
                    continue;
                }

                index = 0;
                _depth--;
                Fetch.Leave(begin, At, time);
                At++;
            }
            else
            {
                break;
            }
        }

        _loopsFetched = fetched;
    }

    /// <summary>What it did in a step of so many cycles.</summary>
    public UnitTime Total(double cycles)
    {
        double[] stalls = [.. _stalls];
        double left = cycles - Busy - stalls.Sum();
        stalls[(int)StallCause.NothingLeft] += Math.Max(0, left);

        // A load that nobody waits for is cut off: first what it lost behind its last piece, then the piece.
        double cut = Math.Max(0, -left);
        double lost = Math.Min(cut, stalls[(int)StallCause.Memory]);
        stalls[(int)StallCause.Memory] -= lost;
        return new UnitTime(Busy - (cut - lost), stalls, Instructions);
    }
}
