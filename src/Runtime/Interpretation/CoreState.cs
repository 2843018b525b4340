using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Interpretation;

/// <summary>
/// All that one core of the modelled machine holds: scratch, rings, tokens, and its units' streams.
/// </summary>
internal sealed class CoreState
{
    private readonly int[] _tokens = new int[InstructionSet.UnitCount * InstructionSet.UnitCount];
    private readonly sbyte[] _tileCodes = new sbyte[TileHeader.MaxBlocks * BlockForm.Side * BlockForm.Side];

    public CoreState(int number, MachineProgram program, DeviceMemory memory)
    {
        Geometry geometry = program.Geometry;
        Number = number;
        Channels = geometry.Cores[number];
        AllChannels = geometry.Channels;
        PageBytes = geometry.PageBytes;
        Memory = memory;
        Scratch = new Scratch(geometry.ScratchBytes);
        WeightRings = MakeRings(Channels.Count, geometry.WeightRingBytes);
        CacheRings = MakeRings(Channels.Count, geometry.CacheRingBytes);
    }

    /// <summary>Number of the core.</summary>
    public int Number { get; }

    /// <summary>The channels it owns.</summary>
    public ChannelRange Channels { get; }

    /// <summary>C: channels of the whole machine.</summary>
    public int AllChannels { get; }

    /// <summary>P: bytes of a page.</summary>
    public int PageBytes { get; }

    /// <summary>Channels and DDR of the whole machine.</summary>
    public DeviceMemory Memory { get; }

    /// <summary>The core's scratch.</summary>
    public Scratch Scratch { get; }

    /// <summary>The weight ring of each of its channels.</summary>
    public ByteRing[] WeightRings { get; }

    /// <summary>The KV ring of each of its channels.</summary>
    public ByteRing[] CacheRings { get; }

    /// <summary>Rows that are marks in the KV rings.</summary>
    public RowMarks Marks { get; } = new();

    /// <summary>The stream of each unit; those of the step.</summary>
    public UnitStream[] Streams { get; } = new UnitStream[InstructionSet.UnitCount];

    /// <summary>The instruction in execution of each unit, or null. Cores share that of an exchange.</summary>
    public Execution?[] Running { get; } = new Execution?[InstructionSet.UnitCount];

    /// <summary>Where bytes are counted.</summary>
    public TrafficReport Traffic { get; private set; } = TrafficReport.None;

    /// <summary>
    /// Room for one packed tile; the matrix engine has one instruction in execution at most in each of its
    /// two units.
    /// </summary>
    public byte[] Tile { get; } = new byte[TileHeader.MaxTileBytes];

    /// <summary>Room for the codes of one tile.</summary>
    public Span<sbyte> TileCodes => _tileCodes;

    /// <summary>Puts the core into the state in which a step begins: nothing survives from the last.</summary>
    public void Begin(IReadOnlyList<IReadOnlyList<Instruction>> streams, long[] registers, TrafficReport traffic)
    {
        Traffic = traffic;
        Scratch.Fill();
        Array.Clear(_tokens);
        Array.Clear(Running);
        Marks.Clear();
        for (int i = 0; i < Channels.Count; i++)
        {
            WeightRings[i].Clear();
            CacheRings[i].Clear();
        }

        for (int u = 0; u < InstructionSet.UnitCount; u++)
        {
            Streams[u] = new UnitStream(Number, (Unit)u, streams[u], registers);
        }
    }

    /// <summary>Tokens that one unit has given another and that are not taken yet.</summary>
    public ref int Tokens(Unit from, Unit to) => ref _tokens[((int)from * InstructionSet.UnitCount) + (int)to];

    /// <summary>Whether a unit has a token from every unit of a set.</summary>
    public bool HasTokens(Unit to, Units from)
    {
        for (int u = 0; u < InstructionSet.UnitCount; u++)
        {
            if (((int)from >> u & 1) == 1 && Tokens((Unit)u, to) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes a token from every unit of a set.</summary>
    public void TakeTokens(Unit to, Units from)
    {
        for (int u = 0; u < InstructionSet.UnitCount; u++)
        {
            Tokens((Unit)u, to) -= (int)from >> u & 1;
        }
    }

    /// <summary>Gives a token to every unit of a set.</summary>
    public void GiveTokens(Unit from, Units to)
    {
        for (int u = 0; u < InstructionSet.UnitCount; u++)
        {
            Tokens(from, (Unit)u) += (int)to >> u & 1;
        }
    }

    /// <summary>
    /// Room for results on their way to scratch, <paramref name="rows"/> times <paramref name="columns"/>,
    /// columns padded.
    /// </summary>
    /// <exception cref="CompilationException">Scratch could never take them (FLC4001).</exception>
    public T[] Results<T>(long rows, long columns, int multiple = 1)
    {
        // The smallest result that an instruction keeps back is a binary32.
        if (rows != 0 && columns > Scratch.Size / sizeof(float) / rows)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, $"{rows} × {columns} results do not fit a scratch of {Scratch.Size} bytes");
        }

        return new T[rows * ((columns + multiple - 1) / multiple * multiple)];
    }

    private static ByteRing[] MakeRings(int count, int capacity)
    {
        ByteRing[] rings = new ByteRing[count];
        for (int i = 0; i < count; i++)
        {
            rings[i] = new ByteRing(capacity);
        }

        return rings;
    }
}
