namespace Flightc.Export;

/// <summary>Sums of floats in the order of docs/numerics.md §1.1, so that they have the same bits.</summary>
internal static class ContractSum
{
    private const int Lanes = 16, LaneRows = 4;
    private const int Segment = Lanes * LaneRows;

    /// <summary>The sum of every row.</summary>
    /// <param name="scope">What the sum is called.</param>
    /// <param name="x">f32[rows, n]</param>
    /// <param name="n">Elements of a row.</param>
    /// <returns>f32[rows, 1]</returns>
    public static string Of(NodeScope scope, string x, long n)
    {
        long segments = (n + Segment - 1) / Segment;
        string padded = n % Segment == 0 ? x : scope.Add("Pad", "padded", [x, scope.Nodes.Integers(0, 0, 0, segments * Segment - n)]);
        string[] rows = scope.Split("lane_rows", scope.Reshape("segments", padded, -1, segments, LaneRows, Lanes), 2, 1, 1, 1, 1);
        string lanes = scope.Add("Add", "lanes.1", [rows[0], rows[1]]);
        lanes = scope.Add("Add", "lanes.2", [lanes, rows[2]]);
        lanes = scope.Add("Add", "lanes.3", [lanes, rows[3]]);
        for (int width = Lanes / 2; width >= 1; width /= 2)
        {
            string[] halves = scope.Split($"halves.{width}", lanes, -1, width, width);
            lanes = scope.Add("Add", $"sums.{width}", [halves[0], halves[1]]);
        }

        return Pairs(scope, scope.Reshape("segment_sums", lanes, -1, segments), segments);
    }

    // Neighbours are added while there is more than one; an odd last one passes unchanged.
    private static string Pairs(NodeScope scope, string sums, long count)
    {
        while (count > 1)
        {
            long pairs = count / 2;
            string[] parts = count % 2 == 0 ? [sums] : scope.Split($"odd.{count}", sums, 1, 2 * pairs, 1);
            string[] neighbours = scope.Split($"neighbours.{count}", scope.Reshape($"pairs.{count}", parts[0], -1, pairs, 2), 2, 1, 1);
            string added = scope.Reshape($"added.{count}", scope.Add("Add", $"pair_sums.{count}", [neighbours[0], neighbours[1]]), -1, pairs);
            sums = parts.Length == 1 ? added : scope.Concat($"passed.{count}", [added, parts[1]], 1);
            count = pairs + (count % 2);
        }

        return sums;
    }
}
