namespace Flightc.Models;

/// <summary>What rotary settings depend on beside themselves.</summary>
/// <param name="HeadSize">Elements of a head.</param>
/// <param name="DefaultTheta">The base that the family's reference implementation assumes.</param>
/// <param name="MaxPositions"><c>max_position_embeddings</c>.</param>
/// <param name="OriginalPositions">What the family assumes for <c>original_max_position_embeddings</c>; null for nothing.</param>
/// <param name="Length">The longest sequence that is wanted; null for all positions.</param>
/// <param name="DefaultPartial">The share of a head that the family turns where nothing is said.</param>
internal sealed record RopeContext(
    int HeadSize, double DefaultTheta, int MaxPositions, int? OriginalPositions = null, int? Length = null, double DefaultPartial = 1);
