using System.Numerics;

namespace Flightc.FlightLlm;

/// <summary>Follows the tokens of one core and says when each instruction starts and ends.</summary>
/// <remarks>
/// Every ordered pair of units is a FIFO of tokens. An instruction starts when its unit is free and all units it waits for have
/// given it a token; at its end it gives one to every unit it releases. The published scheduler repeatedly issues, among the heads
/// of all queues that can run, the one that starts first. As units run in order and no token can be taken by two consumers,
/// start times do not depend on the order in which heads are looked at; so instructions are taken in program order, which
/// needs no queues, and gives the same times.
/// </remarks>
public sealed class TokenScoreboard : InstructionSink
{
    internal const int Units = 6;
    internal const int ByteClasses = 3;

    private readonly InstructionTimes _times;
    private readonly Queue<double>[] _tokens = new Queue<double>[Units * Units];
    private readonly double[] _free = new double[Units];
    private readonly double[] _busy = new double[Units];
    private readonly long[] _counts = new long[Units];
    private readonly double[] _bytes = new double[ByteClasses];
    private TemplateInstruction? _barrier;

    /// <summary>A core at time 0.</summary>
    /// <param name="times">How long instructions take.</param>
    public TokenScoreboard(InstructionTimes times)
    {
        _times = times;
        for (int i = 0; i < _tokens.Length; i++)
        {
            _tokens[i] = new Queue<double>();
        }
    }

    /// <summary>When the last unit is done, in seconds.</summary>
    public double End => _free.Max();

    /// <summary>Instructions of each unit.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>Seconds that each unit was busy.</summary>
    public IReadOnlyList<double> Busy => _busy;

    /// <summary>Bytes of weights, of keys and values, and of everything else.</summary>
    public IReadOnlyList<double> Bytes => _bytes;

    /// <summary>When the core came to the barrier that it waits at; null where it waits at none.</summary>
    public double? Arrival { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A token that the instruction waits for is never given before it in program
    /// order: the template is wrong.</exception>
    public override void Add(in TemplateInstruction instruction)
    {
        int unit = (int)instruction.Unit;
        double start = _free[unit];
        for (int waits = (int)instruction.Waits; waits != 0; waits &= waits - 1)
        {
            int other = BitOperations.TrailingZeroCount(waits);
            start = _tokens[(other * Units) + unit].TryDequeue(out double token)
                ? Math.Max(start, token)
                : throw new InvalidOperationException($"{instruction.Unit} waits for a token of {(PublishedUnit)other} that nobody gave");
        }

        _counts[unit]++;
        if (instruction.Unit == PublishedUnit.System)
        {
            Arrival = start;
            _barrier = instruction;
            return;
        }

        Account(instruction);
        Finish(instruction, start);
    }

    /// <summary>Lets the core go on from the barrier.</summary>
    /// <param name="start">When all cores have come to it.</param>
    public void Pass(double start)
    {
        if (_barrier is { } barrier)
        {
            Finish(barrier, start);
            _barrier = null;
            Arrival = null;
        }
    }

    /// <summary>Checks that no token is left.</summary>
    /// <exception cref="InvalidOperationException">One is: the template is wrong.</exception>
    public void CheckBalance()
    {
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (_tokens[i].Count > 0)
            {
                throw new InvalidOperationException(
                    $"{_tokens[i].Count} tokens from {(PublishedUnit)(i / Units)} to {(PublishedUnit)(i % Units)} are left");
            }
        }
    }

    private void Finish(in TemplateInstruction instruction, double start)
    {
        int unit = (int)instruction.Unit;
        double time = _times.Of(instruction);
        double end = start + time;
        _busy[unit] += time;
        _free[unit] = end;
        for (int releases = (int)instruction.Releases; releases != 0; releases &= releases - 1)
        {
            _tokens[(unit * Units) + BitOperations.TrailingZeroCount(releases)].Enqueue(end);
        }
    }

    private void Account(in TemplateInstruction instruction)
    {
        int kind = instruction.Operation switch
        {
            PublishedOperation.LoadWeights => 0,
            PublishedOperation.LoadCache or PublishedOperation.StoreCache => 1,
            _ => 2,
        };
        if (instruction.Unit is PublishedUnit.Load or PublishedUnit.Store)
        {
            _bytes[kind] += _times.BytesOf(instruction);
        }
    }
}
