namespace Flightc.FlightLlm;

/// <summary>Changes to the published machine and mapping, each of which can be made by itself; none by default.</summary>
/// <param name="AllChannels">Weights and cache lie in all pseudo-channels of the card, shared out to the cores as
/// <see cref="PublishedTarget.AllChannelsOfCores"/>, instead of in the eight of each core.</param>
/// <param name="WideVector">The whole array works on one vector, as far as the A buffer's port feeds it, instead of a
/// quarter.</param>
/// <param name="LoadsAhead">Loads of weights do not wait for barriers; free buffer space alone limits them.</param>
/// <param name="FusedDecode">Activations of a decode step stay on chip: neither stored nor loaded, no biases or operands
/// fetched, the cache appended in place, and barriers only where data crosses cores, four for each layer.</param>
/// <param name="AttentionByGroup">Attention loads and computes several heads at once and pads none to 512 outputs.</param>
/// <param name="OnePassSoftmax">Softmax goes over its row once.</param>
public sealed record PublishedOptions(
    bool AllChannels = false, bool WideVector = false, bool LoadsAhead = false, bool FusedDecode = false,
    bool AttentionByGroup = false, bool OnePassSoftmax = false)
{
    /// <summary>The machine as published.</summary>
    public static PublishedOptions None { get; } = new();
}
