using System.Text;
using Flightc.Isa;

namespace Flightc.Tests.Emulation.Programs;

/// <summary>What a random program is put together from, piece by piece: scratch, weights and KV cache at the start, and instructions.</summary>
/// <param name="random">Where every choice comes from.</param>
/// <param name="channels">Channels of each core.</param>
internal sealed class ProgramParts(RandomNumbers random, int[] channels)
{
    private int _cacheUsed;

    public RandomNumbers Random { get; } = random;

    public int[] Channels { get; } = channels;

    public int Cores => Channels.Length;

    public int AllChannels { get; } = channels.Sum();

    /// <summary>Scratch of each core.</summary>
    public ScratchImage[] Images { get; } = [.. channels.Select(_ => new ScratchImage(TestMachine.Scratch))];

    /// <summary>What each core computes, one instruction after another.</summary>
    public List<(Unit Unit, Instruction Instruction)>[] Bodies { get; } = [.. channels.Select(_ => new List<(Unit, Instruction)>())];

    /// <summary>Loads of each core into its KV rings, in the order in which they are popped.</summary>
    public List<Instruction>[] CacheLoads { get; } = [.. channels.Select(_ => new List<Instruction>())];

    /// <summary>The weight stream of each channel.</summary>
    public List<byte>[] Streams { get; } = [.. Enumerable.Range(0, channels.Sum()).Select(_ => new List<byte>())];

    /// <summary>What the KV cache of each channel holds.</summary>
    public byte[][] Caches { get; } = [.. Enumerable.Range(0, channels.Sum()).Select(_ => new byte[TestMachine.CacheBytes])];

    /// <summary>Results of products, of moderate size: inputs for what follows.</summary>
    public List<(int Core, int Address, int Count)> Results { get; } = [];

    /// <summary>What the pieces are, for whoever looks into a failure.</summary>
    public StringBuilder Words { get; } = new();

    /// <summary>What the pieces have between them, so that a test can hold that nothing is missing from many programs.</summary>
    public HashSet<string> Features { get; } = [];

    /// <summary>Bytes of the KV cache of every channel that no piece has yet.</summary>
    public int CacheLeft => TestMachine.CacheBytes - _cacheUsed;

    public bool Coin(int sides = 2) => Random.Below(sides) == 0;

    public T One<T>(params ReadOnlySpan<T> values) => values[Random.Below(values.Length)];

    /// <summary>Half of the time one token, often a few, sometimes up to 130.</summary>
    public int Tokens() => Random.Below(10) switch { < 5 => 1, < 8 => Random.Within(2, 9), _ => Random.Within(10, 130) };

    /// <summary>Bytes of scratch of a core that no piece has yet.</summary>
    public int RoomIn(int core) => Images[core].Bytes.Length - Images[core].Used - 4096;

    /// <summary>Takes bytes of the KV cache of every channel; the result is their offset in it.</summary>
    public int TakeCache(int bytes)
    {
        int first = _cacheUsed;
        _cacheUsed += bytes;
        return first;
    }
}
