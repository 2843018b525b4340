using Flightc.Targets;

namespace Flightc.Tests.Targets;

public sealed class MaskedWorkTests
{
    [Theory]
    [InlineData(0, 128, 1, 11)]
    [InlineData(100, 70, 2, 32)]
    [InlineData(333, 1, 3, 7)]
    [InlineData(200, 128, 1, 100)] // a row of slots is more than a block
    public void Rows_are_needed_and_multiplied_where_a_query_sees_one_of_their_keys(int past, int tokens, int group, int spread)
    {
        RandomNumbers random = new((ulong)((past * 7) + tokens));
        bool[] bits = [.. Enumerable.Range(0, 4 * group * 16).Select(_ => random.Below(4) == 0)];
        bool Kept(int row, int head, long key) => bits[(((row * group) + head) * 16) + key] || key == (past / 64) + row;
        int slots = (past + tokens + spread - 1) / spread;
        MaskedWork work = new(past, tokens, group, spread, slots, Kept);
        List<long> needed = [];
        int pastRows = (past + spread - 1) / spread;
        for (int row = 0; row < slots; row++)
        {
            long queryRows = 0;
            bool isNeeded = false;
            for (int t = past; t < past + tokens; t++)
            {
                for (int j = 0; j < group; j++)
                {
                    // By block: a block of which some query sees a key is multiplied whole.
                    int[] keys = [.. Enumerable.Range(row * spread, spread).Where(u => u < past + tokens && u / 64 <= t / 64 && Kept((t / 64) - (past / 64), j, u / 64))];
                    queryRows += keys.Length > 0 ? 1 : 0;
                    isNeeded |= keys.Any(u => u < past);
                }
            }

            Assert.Equal(queryRows, work.QueryRowsOf(row));
            if (isNeeded)
            {
                needed.Add(row);
            }
        }

        Assert.Equal(needed, work.Runs(pastRows).SelectMany(run => Enumerable.Range((int)run.First, (int)run.Count).Select(r => (long)r)));
        Assert.Equal(needed.Count, work.NeededRows(pastRows));
    }
}
