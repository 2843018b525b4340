using Flightc.Backend;
using Flightc.Backend.Linking;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.Linking;

public sealed class LinkerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_do_not_depend_on_threads_memory_or_how_many_matrices_are_made_at_a_time(bool tied)
    {
        SortedDictionary<string, byte[]> wanted = new LinkedSample(tied).Link(new LinkOptions { Threads = 1 });
        Assert.All(wanted, section => Assert.NotEmpty(section.Value));
        foreach (LinkOptions options in (LinkOptions[])[new(), new() { Makers = 0 }, new() { Makers = 1, MatrixBytes = 1 }, new() { Makers = 4 }])
        {
            SortedDictionary<string, byte[]> found = new LinkedSample(tied).Link(options);
            Assert.Equal(wanted.Keys, found.Keys);
            Assert.All(wanted, section => Assert.Equal(section.Value, found[section.Key]));
        }
    }

    [Fact]
    public void A_matrix_that_lies_in_the_tables_too_is_made_once()
    {
        LinkedSample sample = new(tied: true);
        sample.Link(new LinkOptions { Makers = 1 });
        Assert.Single(sample.Asked, "embed.weight");
        Assert.Equal(sample.Asked.Distinct(), sample.Asked);
    }

    [Fact]
    public void Tables_come_first_or_beside_the_product_with_the_same_matrix()
    {
        LinkPlan untied = new(new LinkedSample(tied: false).Schedule);
        Assert.Null(untied.Items[0].Product);
        Assert.Equal("embed.weight", untied.Runs[0].Weight);
        Assert.Contains(untied.Runs[0], untied.EndingAt(0));

        LinkPlan tied = new(new LinkedSample(tied: true).Schedule);
        Assert.Null(tied.Items[^2].Product);
        Assert.Equal("logits.0", tied.Items[^1].Product!.Name);
        Assert.Same(tied.Items[^2].Matrices[0], tied.Items[^1].Matrices[0]);
        Assert.Empty(tied.EndingAt(tied.Items.Count - 2));
        Assert.All(tied.Runs, run => Assert.Single(Enumerable.Range(0, tied.Items.Count), item => tied.EndingAt(item).Contains(run)));
    }

    [Fact]
    public void What_has_to_be_in_memory_at_least_is_all_of_one_product_while_its_last_matrix_is_made()
    {
        (string weight, long bytes) = Linker.LargestNeed(
            new LinkedSample(tied: false).Schedule, name => name.Contains("mlp.up", StringComparison.Ordinal) ? new MatrixCost(7, 100) : new MatrixCost(10, 1));
        Assert.Equal("layers.0.mlp.up.weight", weight);
        Assert.Equal(10 + 7 + 100, bytes);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 300)]
    [InlineData(2, 0)]
    [InlineData(2, 300)]
    public void A_disk_that_fills_ends_the_work_with_its_error(int makers, int room)
    {
        LinkedSample sample = new(tied: false);
        foreach ((string full, long _) in Linker.Sections(sample.Schedule, sample.Addresses))
        {
            CompilationException error = Assert.Throws<CompilationException>(() => Linker.Write(
                sample.Schedule, sample.Addresses, sample, sample, name => name == full ? new FullStream(room) : new MemoryStream(), new LinkOptions { Makers = makers }));
            Assert.Equal(Codes.CannotWrite, error.Diagnostics[0].Code);
        }
    }

    [Fact]
    public void Progress_rises_to_one_and_names_what_was_packed()
    {
        List<LinkProgress> told = [];
        LinkTimes times = new();
        SortedDictionary<string, byte[]> sections = new LinkedSample(tied: false).Link(new LinkOptions { Progress = told.Add, Times = times });

        Assert.Equal("tables", told[0].Name);
        Assert.Equal("logits.0", told[^1].Name);
        Assert.Equal(told.Select(t => t.Share).Order(), told.Select(t => t.Share));
        Assert.InRange(told[0].Share, 0.01, 0.9);
        Assert.Equal(1, told[^1].Share);
        Assert.Equal(sections.Where(s => s.Key != "tables").Sum(s => s.Value.LongLength), times.Bytes);
        Assert.Equal((64 * 64 * 2) + (64 * 64) + (64 * 32) + (2 * 96 * 64) + (64 * 96), times.Weights);
    }

    [Fact]
    public void An_interruption_ends_the_work()
    {
        using CancellationTokenSource source = new();
        LinkOptions options = new() { Token = source.Token, Progress = _ => source.Cancel() };
        LinkedSample sample = new(tied: false);
        Assert.ThrowsAny<OperationCanceledException>(() => sample.Link(options));
        Assert.DoesNotContain("head.weight", sample.Asked);
    }

    private sealed class FullStream(int room) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer.ToArray(), 0, buffer.Length);
            if (Length > room)
            {
                throw new CompilationException(Codes.CannotWrite, "no space", "disk");
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
