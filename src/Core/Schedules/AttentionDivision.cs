namespace Flightc.Schedules;

/// <summary>How attention is divided among cores. Neither way changes a bit (docs/numerics.md §3).</summary>
public enum AttentionDivision
{
    /// <summary>
    /// By KV heads: a core has its heads' query, key and value rows and their whole past, and attends without
    /// the others.
    /// </summary>
    Heads,

    /// <summary>
    /// By keys: a head's past is spread over the channels of all cores, each scores the keys in its own, and
    /// maxima and sums are combined.
    /// </summary>
    Keys,
}
