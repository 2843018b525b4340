namespace Flightc.Isa;

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
/// <param name="ScoreSlots">Slots · query rows that scratch holds: <see cref="MachineProgram.SlotsOf"/> says how many
/// a step needs.</param>
/// <param name="Group">Query heads that share a KV head.</param>
/// <param name="IsLocal">Whether all tokens of a KV head lie in the channels of one core; otherwise they are
/// spread over those of the machine.</param>
public sealed record MemoryMap(
    long IdsAddress, long LogitsAddress, long LogitsPitch, int VocabularySize, int ContextLength, int MaxTokens, long WeightBytes,
    long CacheAddress, long CacheBytes, long TableBytes, long ScoreSlots, int Group,
    bool IsLocal = false);
