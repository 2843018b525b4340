namespace Flightc.Isa;

/// <summary>A run of consecutive memory channels that one core owns.</summary>
/// <param name="First">Number of the first channel.</param>
/// <param name="Count">How many.</param>
public readonly record struct ChannelRange(int First, int Count);

/// <summary>What a program assumes of the machine it runs on. A device refuses a program whose geometry is not its own.</summary>
/// <param name="Target">Name of the target.</param>
/// <param name="Cores">The channels of each core, in order and without gaps.</param>
/// <param name="ChannelBytes">Capacity of a memory channel.</param>
/// <param name="DdrBytes">Capacity of DDR.</param>
/// <param name="ScratchBytes">Scratch of each core.</param>
/// <param name="WeightRingBytes">Capacity of the weight ring of each channel.</param>
/// <param name="CacheRingBytes">Capacity of the KV ring of each channel.</param>
/// <param name="PageBytes">Bytes of a page of <see cref="LoadWeights"/>.</param>
public sealed record Geometry(
    string Target, IReadOnlyList<ChannelRange> Cores, long ChannelBytes, long DdrBytes, long ScratchBytes, int WeightRingBytes,
    int CacheRingBytes, int PageBytes)
{
    /// <summary>C of docs/isa.md: channels of the whole machine.</summary>
    public int Channels => Cores.Sum(c => c.Count);
}

/// <summary>A length register and the expression that the runtime computes it by.</summary>
/// <param name="Number">0 … 15.</param>
/// <param name="Name">A word for people.</param>
/// <param name="Expression">Over <c>past</c>, <c>tokens</c>, <c>from</c>: see <see cref="LengthExpression"/>.</param>
public sealed record LengthRegister(int Number, string Name, string Expression);

/// <summary>Where the runtime finds what it exchanges with a program, and how large a step may be.</summary>
/// <param name="IdsAddress">DDR address of the token ids (u32) of a step.</param>
/// <param name="LogitsAddress">DDR address of the logits (binary32), a row per wanted token.</param>
/// <param name="LogitsPitch">Bytes between rows of logits.</param>
/// <param name="VocabularySize">Logits of a row.</param>
/// <param name="ContextLength">The most tokens a sequence can have.</param>
/// <param name="MaxTokens">The most tokens of a prefill step.</param>
/// <param name="WeightBytes">Bytes of the longest weight stream of a channel, from address 0: whole pages.</param>
/// <param name="CacheAddress">Address in each channel where the KV cache begins.</param>
/// <param name="CacheBytes">Bytes of the KV cache in each channel.</param>
/// <param name="TableBytes">Bytes of tables in DDR, from address 0; ids and logits follow.</param>
/// <param name="ScoreSlots">Slots · query rows that scratch holds: a step needs <c>tokens · Group · n · ceildiv(past + tokens, C)</c>, n the most channels of a core.</param>
/// <param name="Group">Query heads that share a KV head.</param>
public sealed record MemoryMap(
    long IdsAddress, long LogitsAddress, long LogitsPitch, int VocabularySize, int ContextLength, int MaxTokens, long WeightBytes,
    long CacheAddress, long CacheBytes, long TableBytes, long ScoreSlots, int Group);

/// <summary>How a symbol's elements lie in scratch.</summary>
public enum SymbolForm
{
    /// <summary>binary32, one after another.</summary>
    Values,

    /// <summary>binary32 in blocks of 16, every second block.</summary>
    AlternateBlocks,

    /// <summary>INT8 codes.</summary>
    Codes,

    /// <summary>binary32 scales of codes: one per token, or one per head.</summary>
    Scales,
}

/// <summary>Says that a slice of a named activation of the Graph lies in scratch when an instruction ends: for comparison and search.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Form">How the elements lie.</param>
/// <param name="Core">Core whose scratch it is.</param>
/// <param name="Unit">Stream of the instruction.</param>
/// <param name="Index">Number of the instruction in its stream; it lies outside loops.</param>
/// <param name="Address">Scratch address of the slice of the step's first wanted token.</param>
/// <param name="Stride">Bytes between tokens.</param>
/// <param name="First">First element of the slice in the activation (for scales: first head, or 0).</param>
/// <param name="Count">Elements of the slice.</param>
/// <param name="OnlyWanted">Whether the rows are those of the tokens from <c>from</c> on, not of all tokens.</param>
public sealed record Symbol(
    string Name, SymbolForm Form, int Core, Unit Unit, int Index, long Address, long Stride, long First, long Count, bool OnlyWanted = false);

/// <summary>One program: for each core, a stream of instructions for each unit.</summary>
/// <param name="Name"><c>decode</c> or <c>prefill</c>.</param>
/// <param name="Streams">By core, then by <see cref="Unit"/>; a stream can be empty.</param>
/// <param name="Symbols">Where named activations lie.</param>
public sealed record EntryPoint(string Name, IReadOnlyList<IReadOnlyList<IReadOnlyList<Instruction>>> Streams, IReadOnlyList<Symbol> Symbols);

/// <summary>The third artefact: instructions for every length, one entry for a decode step and one for a prefill step.</summary>
/// <remarks>A decode step is one token; a prefill step is 1 … <see cref="MemoryMap.MaxTokens"/> tokens.</remarks>
public sealed record MachineProgram(
    Geometry Geometry, MemoryMap Memory, IReadOnlyList<LengthRegister> Registers, IReadOnlyList<EntryPoint> Entries)
{
    /// <summary>Version of the instruction set and of its encoding.</summary>
    public const string IsaVersion = "flightc-1";

    /// <summary>The most tokens of a sequence: up to here a head's sums over all keys fit their widths (docs/numerics.md §3).</summary>
    public const int MaxContextLength = 131_072;

    /// <summary>The entry for one token.</summary>
    public EntryPoint Decode => Entries.Single(e => e.Name == "decode");

    /// <summary>The entry for a chunk of tokens.</summary>
    public EntryPoint Prefill => Entries.Single(e => e.Name == "prefill");

    /// <summary>Values of all <see cref="Source"/>s for a step; loop indices are 0.</summary>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="from">Number, in the step, of the first token whose logits are wanted.</param>
    public long[] EvaluateRegisters(long past, long tokens, long from)
    {
        long[] sources = new long[Source.Count];
        foreach (LengthRegister register in Registers)
        {
            sources[register.Number] = LengthExpression.Evaluate(register.Expression, past, tokens, from);
        }

        return sources;
    }
}
