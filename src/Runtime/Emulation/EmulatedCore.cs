using System.Numerics;
using Flightc.Isa;
using Flightc.Runtime.Emulation.Kernels;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Emulation;

/// <summary>The state of one core: scratch, streams, tokens and what its rings hold.</summary>
internal sealed class EmulatedCore : IDisposable
{
    private readonly int[] _tokens = new int[InstructionSet.UnitCount * InstructionSet.UnitCount];

    /// <summary>Allocates a core.</summary>
    public EmulatedCore(int number, Geometry geometry, VectorPath path, WorkerPool pool)
    {
        Number = number;
        Channels = geometry.Cores[number];
        AllChannels = geometry.Channels;
        Scratch = new ScratchMemory(geometry.ScratchBytes);
        WeightRings = new ByteQueue[Channels.Count];
        CacheRings = new ByteQueue[Channels.Count];
        for (int i = 0; i < Channels.Count; i++)
        {
            WeightRings[i] = new ByteQueue();
            CacheRings[i] = new ByteQueue();
        }

        Product = new LinearProduct(path, pool, WeightRings);
    }

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>The channels that it owns.</summary>
    public ChannelRange Channels { get; }

    /// <summary>C: channels of the whole machine.</summary>
    public int AllChannels { get; }

    /// <summary>Its scratch memory.</summary>
    public ScratchMemory Scratch { get; }

    /// <summary>Weights that were loaded and not yet consumed, by channel.</summary>
    public ByteQueue[] WeightRings { get; }

    /// <summary>Rows of the KV cache that were loaded and not yet consumed, by channel.</summary>
    public ByteQueue[] CacheRings { get; }

    /// <summary>Rows that are in none of <see cref="CacheRings"/>, as the attention mask hides them.</summary>
    public SkippedRows Skipped { get; } = new();

    /// <summary>The product of activations and weights that is being computed.</summary>
    public LinearProduct Product { get; }

    /// <summary>The unit whose product has begun and waits for weights, or null.</summary>
    public Unit? Multiplying { get; set; }

    /// <summary>The streams of the entry that is being run, by unit.</summary>
    public UnitStream[] Streams { get; private set; } = [];

    /// <summary>What the step moved so far.</summary>
    public TrafficReport Traffic { get; private set; } = TrafficReport.None;

    /// <summary>Goes to the beginning of a step.</summary>
    public void Start(UnitStream[] streams, long[] registers, long run, TrafficReport traffic)
    {
        Streams = streams;
        Traffic = traffic;
        Multiplying = null;
        Array.Clear(_tokens);
        Skipped.Clear();
        foreach (UnitStream stream in streams)
        {
            stream.Start(registers, run);
        }

        for (int i = 0; i < WeightRings.Length; i++)
        {
            WeightRings[i].Clear();
            CacheRings[i].Clear();
        }
    }

    /// <summary>Whether a unit has a token from every unit of a set.</summary>
    public bool HasTokens(Unit unit, Units from)
    {
        for (int set = (int)from; set != 0; set &= set - 1)
        {
            if (_tokens[((int)unit * InstructionSet.UnitCount) + BitOperations.TrailingZeroCount(set)] == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes a token from every unit of a set.</summary>
    public void TakeTokens(Unit unit, Units from)
    {
        for (int set = (int)from; set != 0; set &= set - 1)
        {
            _tokens[((int)unit * InstructionSet.UnitCount) + BitOperations.TrailingZeroCount(set)]--;
        }
    }

    /// <summary>Gives a token to every unit of a set.</summary>
    public void GiveTokens(Unit unit, Units to)
    {
        for (int set = (int)to; set != 0; set &= set - 1)
        {
            _tokens[(BitOperations.TrailingZeroCount(set) * InstructionSet.UnitCount) + (int)unit]++;
        }
    }

    public void Dispose()
    {
        Scratch.Dispose();
        Product.Dispose();
    }
}
