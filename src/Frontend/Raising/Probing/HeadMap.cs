namespace Flightc.Raising;

/// <summary>What becomes of the elements of projected heads on their way to attention.</summary>
/// <param name="Term">The rows the heads are of.</param>
/// <param name="Size">Elements of a head.</param>
/// <param name="SourceOf">For every head that comes out, the head of the row that it is; a head of keys may come out several times.</param>
/// <param name="Pairs">Elements that are turned by the position.</param>
/// <param name="Kept">Elements that are not: where they come out and where they stood.</param>
/// <param name="KeptScale">What those are multiplied by.</param>
internal sealed record HeadMap(
    Term Term, int Size, IReadOnlyList<int> SourceOf, IReadOnlyList<HeadPair> Pairs, IReadOnlyList<(int Out, int In)> Kept, double KeptScale)
{
    /// <summary>Heads of a row.</summary>
    public int Heads => Term.Columns / Size;
}
