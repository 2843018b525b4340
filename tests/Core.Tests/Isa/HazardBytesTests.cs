using Flightc.Isa;
using Flightc.Isa.Hazards;

namespace Flightc.Tests.Isa;

/// <summary>Sets of bytes, compared with sets that list every byte.</summary>
public sealed class HazardBytesTests
{
    [Fact]
    public void Rows_meet_where_they_have_a_byte_in_common()
    {
        Random random = new(3);
        int met = 0;
        for (int i = 0; i < 20_000; i++)
        {
            (ByteRows a, SortedSet<long> bytesOfA) = Rows(random);
            (ByteRows b, SortedSet<long> bytesOfB) = Rows(random);
            bytesOfA.IntersectWith(bytesOfB);

            (long Start, long End)? common = ByteRows.Common(a, b);

            Assert.Equal(bytesOfA.Count > 0, common is not null);
            if (common is var (start, end))
            {
                met++;
                Assert.True(start < end);
                for (long at = start; at < end; at++)
                {
                    Assert.Contains(at, bytesOfA);
                }
            }
        }

        Assert.InRange(met, 4_000, 16_000);
    }

    [Fact]
    public void What_is_missing_is_the_first_byte_that_nobody_wrote()
    {
        Random random = new(4);
        for (int trial = 0; trial < 200; trial++)
        {
            WrittenBytes written = new(new WorkBudget(long.MaxValue));
            HashSet<long> expected = [];
            for (int i = 0; i < 20; i++)
            {
                (ByteRows added, SortedSet<long> bytes) = Rows(random);
                written.Add(added);
                expected.UnionWith(bytes);
                (ByteRows wanted, SortedSet<long> bytesWanted) = Rows(random);
                Assert.Equal(bytesWanted.Cast<long?>().FirstOrDefault(at => !expected.Contains(at!.Value)), written.FirstMissing(wanted));
            }
        }
    }

    [Fact]
    public void Rows_of_the_cache_are_those_whose_tokens_lie_in_the_range()
    {
        Random random = new(5);
        for (int i = 0; i < 5_000; i++)
        {
            int firstToken = random.Next(30);
            int firstRow = random.Next(3);
            // Tokens are spread over all channels of a machine, or over those of a core that does not own the first.
            ChannelRange spread = random.Next(2) == 0 ? new(0, 5) : new(2, 3);
            CacheRows rows = new(0, 1000, 10, 4, firstRow, 1 + random.Next(6), random.Next(12), spread, firstToken, firstToken + random.Next(20));
            for (int channel = spread.First; channel < spread.First + spread.Count; channel++)
            {
                // u(r, i) of mm.score.
                long[] expected =
                [
                    .. from row in Enumerable.Range(firstRow, (int)rows.Rows)
                       let n = (long)spread.Count
                       let token = (n * row) + ((((channel - spread.First - rows.Rotation) % n) + n) % n)
                       where token >= rows.FirstToken && token < rows.EndToken
                       select 1000 + (10L * (row - firstRow)),
                ];

                ByteRows? found = rows.In(channel);

                Assert.Equal(expected.Length, found?.Rows ?? 0);
                Assert.Equal(expected.Length > 0 ? expected[0] : null, found?.Start);
                Assert.True(found is null || (found.Value.Start >= rows.Start && found.Value.End <= rows.End));
            }
        }
    }

    private static (ByteRows Rows, SortedSet<long> Bytes) Rows(Random random)
    {
        // Pitches that are often the same, and rows that sometimes touch.
        long start = random.Next(120);
        long rows = 1 + random.Next(5);
        long stride = 8 * (1 + random.Next(3));
        long bytes = 1 + random.Next(10);
        SortedSet<long> set = [.. from row in Enumerable.Range(0, (int)rows) from at in Enumerable.Range(0, (int)bytes) select start + (row * stride) + at];
        return (ByteRows.Of(0, start, rows, stride, bytes), set);
    }
}
