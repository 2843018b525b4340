using System.Text;
using Flightc.Caching;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class CacheFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_stored_is_found_by_the_next()
    {
        CacheKey key = Key("a");
        using (CacheFolder cache = new(_folder.Root))
        {
            Assert.Null(Find(cache, key));
            Store(cache, key, "content");
        }

        using CacheFolder next = new(_folder.Root);
        Assert.Equal("content", Find(next, key));
        Assert.Null(Find(next, Key("b")));
        CacheTally tally = Assert.Single(next.Tallies);
        Assert.Equal((1, 1), (tally.Hits, tally.Misses));
        Assert.Empty(next.Warnings);
    }

    [Fact]
    public void A_byte_that_has_changed_anywhere_is_a_miss_and_a_warning_and_is_replaced()
    {
        CacheKey key = Key("a");
        using CacheFolder cache = new(_folder.Root);
        Store(cache, key, "content");
        string path = Assert.Single(Entries());
        byte[] whole = File.ReadAllBytes(path);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x20;
            RequireMiss(path, damaged, key, $"byte {i}");
        }
    }

    [Fact]
    public void An_entry_that_was_cut_or_has_grown_is_a_miss_and_a_warning()
    {
        CacheKey key = Key("a");
        using CacheFolder cache = new(_folder.Root);
        Store(cache, key, "content");
        string path = Assert.Single(Entries());
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            RequireMiss(path, whole[..length], key, $"{length} bytes");
        }

        RequireMiss(path, [.. whole, 0], key, "a byte more");
    }

    [Fact]
    public void An_entry_of_another_key_under_this_name_is_a_miss()
    {
        CacheKey key = Key("a"), other = Key("b");
        using CacheFolder cache = new(_folder.Root);
        Store(cache, key, "of a");
        string path = Assert.Single(Entries());
        Store(cache, other, "of b");
        File.Copy(Entries().Single(e => e != path), path, overwrite: true);
        Assert.Null(Find(cache, key));
        Assert.Contains(cache.Warnings, w => w.Code == Codes.CacheDamaged && w.Location == path);
        Assert.Contains(CacheListing.Of(_folder.Root, verify: false, interruption: TestContext.Current.CancellationToken), e => e.Fault.Length > 0 && e.Item.Path == path);
    }

    [Fact]
    public void Whoever_cannot_make_sense_of_a_payload_makes_it_a_miss()
    {
        CacheKey key = Key("a");
        using CacheFolder cache = new(_folder.Root);
        Store(cache, key, "content");
        Assert.Null(cache.Find<string>(key, _ => throw new InvalidDataException("no sense")));
        Assert.Null(cache.Find(key, entry =>
        {
            entry.ReadExactly(new byte[1000]);
            return "beyond the end";
        }));
        Assert.Equal(2, cache.Warnings.Count);
    }

    [Fact]
    public void A_reader_that_leaves_bytes_unread_is_held_against_the_whole_hash()
    {
        CacheKey key = Key("a");
        using CacheFolder cache = new(_folder.Root);
        Store(cache, key, "content");
        Assert.Equal("found", cache.Find(key, _ => "found"));
        string path = Assert.Single(Entries());
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Null(cache.Find(key, _ => "found"));
    }

    [Fact]
    public void What_was_not_used_for_longest_goes_first()
    {
        SetTime time = new();
        CacheKey[] keys = [Key("a"), Key("b"), Key("c")];
        string content = new('x', 1000);
        using (CacheFolder cache = new(_folder.Root, CacheFolder.DefaultLimit, time))
        {
            foreach (CacheKey key in keys)
            {
                Store(cache, key, content);
                Assert.NotNull(Find(cache, key));
                time.Now += TimeSpan.FromHours(1);
            }
        }

        using (CacheFolder reader = new(_folder.Root, CacheFolder.DefaultLimit, time))
        {
            Assert.NotNull(Find(reader, keys[0]));
        }

        long bytes = Entries().Max(e => new FileInfo(e).Length);
        using (CacheFolder small = new(_folder.Root, 3 * bytes, time))
        {
            Store(small, Key("d"), content);
        }

        using CacheFolder after = new(_folder.Root);
        Assert.NotNull(Find(after, keys[0]));
        Assert.Null(Find(after, keys[1]));
        Assert.NotNull(Find(after, keys[2]));
        Assert.NotNull(Find(after, Key("d")));
    }

    [Fact]
    public void What_a_command_has_used_itself_stays_and_it_is_told_once_that_no_more_fits()
    {
        string content = new('x', 1000);
        using (CacheFolder cache = new(_folder.Root, 2600))
        {
            foreach (string name in (string[])["a", "b", "c", "d"])
            {
                Store(cache, Key(name), content);
            }

            Assert.Equal(Codes.CacheUnusable, Assert.Single(cache.Warnings).Code);
        }

        using CacheFolder next = new(_folder.Root);
        Assert.NotNull(Find(next, Key("a")));
        Assert.NotNull(Find(next, Key("b")));
        Assert.Null(Find(next, Key("c")));
        Assert.True(Entries().Sum(e => new FileInfo(e).Length) <= 2600);
    }

    [Fact]
    public void Files_that_are_no_entries_are_never_deleted()
    {
        using (CacheFolder cache = new(_folder.Root))
        {
            Store(cache, Key("a"), "content");
        }

        string entry = Assert.Single(Entries());
        string[] foreign =
        [
            _folder.Write("notes.txt", "mine"),
            _folder.Write(new string('a', 64) + ".flcache", "an entry in the wrong place"),
            Beside(entry, "readme"), Beside(entry, "short.flcache"), Beside(entry, $"{new string('0', 64)}.flcache"), Beside(entry, "x.partial"),
        ];
        CachePruning pruned = CachePruning.Run(_folder.Root, 0);
        Assert.Equal((1, 0), (pruned.Deleted, pruned.Kept));
        Assert.All(foreign, file => Assert.True(File.Exists(file), file));
        Assert.False(File.Exists(entry));
    }

    [Fact]
    public void Nothing_is_left_of_a_folder_that_was_emptied()
    {
        using (CacheFolder cache = new(_folder.Root))
        {
            // Enough for two folders within one, whatever the hashes.
            for (int i = 0; i < 600; i++)
            {
                Store(cache, Key($"{i}"), "content");
            }
        }

        CachePruning.Run(_folder.Root, 0);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void What_the_dead_were_writing_is_cleared_and_what_is_being_written_is_not()
    {
        using CacheFolder cache = new(_folder.Root);
        Store(cache, Key("a"), "content");
        string entry = Assert.Single(Entries());
        string dead = entry + ".1-1.partial", alive = entry + ".1-2.partial";
        File.WriteAllText(dead, "half");
        using (FileStream writing = new(alive, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            using CacheFolder next = new(_folder.Root);
            Store(next, Key("b"), "content");
            Assert.False(File.Exists(dead));
            Assert.True(File.Exists(alive));
        }
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_and_is_no_error()
    {
        using CacheFolder cache = new(_folder.Root);
        cache.Store(Key("a"), _ => throw new IOException("no space left"));
        Assert.Empty(Directory.EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories));
        Assert.Contains("no space left", Assert.Single(cache.Warnings).Message, StringComparison.Ordinal);

        // It does not try again and again.
        Store(cache, Key("b"), "content");
        Assert.Single(cache.Warnings);
        Assert.Null(Find(cache, Key("b")));
    }

    [Fact]
    public void An_interruption_in_the_middle_of_an_entry_leaves_nothing()
    {
        using CacheFolder cache = new(_folder.Root);
        Assert.Throws<OperationCanceledException>(() => cache.Store(Key("a"), _ => throw new OperationCanceledException()));
        cache.Store(Key("b"), to =>
        {
            to.Write([1, 2, 3]);
            cache.DeleteUnfinished();
            Assert.Empty(Directory.EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories));
        });
        Assert.Single(cache.Warnings);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_warning()
    {
        using CacheFolder cache = new(Path.Combine(_folder.Write("file", "no folder"), "cache"));
        Assert.Null(Find(cache, Key("a")));
        Store(cache, Key("a"), "content");
        Assert.Contains(cache.Warnings, w => w.Code == Codes.CacheUnusable);
    }

    [Fact]
    public void Several_at_once_on_one_folder_never_see_anything_but_what_was_stored()
    {
        const int keys = 12, rounds = 60;
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, worker =>
        {
            using CacheFolder cache = new(_folder.Root, worker % 2 == 0 ? 40_000 : CacheFolder.DefaultLimit);
            for (int i = 0; i < rounds; i++)
            {
                int number = (i * (worker + 1)) % keys;
                string content = Content(number);
                if (worker == 5 && i % 10 == 0)
                {
                    CachePruning.Run(_folder.Root, 10_000);
                }

                string? found = Find(cache, Key($"{number}"));
                Assert.True(found is null || found == content);
                if (found is null)
                {
                    Store(cache, Key($"{number}"), content);
                }
            }

            Assert.DoesNotContain(cache.Warnings, w => w.Code == Codes.CacheDamaged);
        });
        Assert.All(CacheListing.Of(_folder.Root, verify: true, interruption: TestContext.Current.CancellationToken), e => Assert.Empty(e.Fault));
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder.Root, "*.partial", SearchOption.AllDirectories), _ => true);

        static string Content(int number) => new((char)('a' + number), 1000 * (number + 1));
    }

    [Fact]
    public void A_key_has_no_line_ends_and_all_of_its_inputs_count()
    {
        Assert.Throws<ArgumentException>(() => new CacheKey("kind", ("name", "a\nb: c")));
        Assert.Throws<ArgumentException>(() => new CacheKey("kind", ("name", new string('x', CacheKey.MostBytes))));
        Assert.NotEqual(new CacheKey("kind", ("a", "1"), ("b", "")).Name, new CacheKey("kind", ("a", ""), ("b", "1")).Name);
        Assert.NotEqual(new CacheKey("one", ("a", "1")).Name, new CacheKey("two", ("a", "1")).Name);
    }

    private void RequireMiss(string path, byte[] bytes, CacheKey key, string what)
    {
        File.WriteAllBytes(path, bytes);
        using CacheFolder cache = new(_folder.Root);
        Assert.True(Find(cache, key) is null, what);
        Diagnostic warning = Assert.Single(cache.Warnings);
        Assert.Equal((Codes.CacheDamaged, Severity.Warning), (warning.Code, warning.Severity));
        Store(cache, key, "content");
        Assert.Equal("content", Find(cache, key));
    }

    private static string Beside(string entry, string name)
    {
        string path = Path.Combine(Path.GetDirectoryName(entry)!, name);
        File.WriteAllText(path, "mine");
        return path;
    }

    private IEnumerable<string> Entries() => Directory.EnumerateFiles(_folder.Root, "*.flcache", SearchOption.AllDirectories);

    private static CacheKey Key(string name) => new("test", ("name", name));

    private static string? Find(CacheFolder cache, CacheKey key) => cache.Find(key, entry => Encoding.UTF8.GetString(entry.ReadWhole(1 << 20)));

    private static void Store(CacheFolder cache, CacheKey key, string content) => cache.Store(key, to => to.Write(Encoding.UTF8.GetBytes(content)));
}
