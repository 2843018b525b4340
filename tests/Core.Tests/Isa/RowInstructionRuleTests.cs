using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Tests.Isa;

/// <summary>
/// What the verifier says of functions, sums and norms of rows. They stand behind the embedding of the small program, whose 16 results for each
/// token lie at 1536, 64 bytes apart; the table at 0 to 767 is loaded.
/// </summary>
public sealed class RowInstructionRuleTests
{
    // 1.0, and numbers that no bound can be.
    private const string One = "1065353216";
    private const string MinusOne = "3212836864";
    private const string Infinite = "2139095040";
    private const string NotANumber = "2143289344";

    private const string Rows = "src=1536 stride=64 out=1536 outstride=64 tokens=R3";

    [Theory]
    [InlineData($"misc.norm {Rows} count=16 heads=1 weight=0 epsilon={One}")]
    [InlineData($"misc.norm {Rows} count=4 heads=4 weight=0 bias=64 biased=1 layer=1")]
    [InlineData("misc.norm src=1536 stride=64 out=30000 outstride=100 tokens=R3 count=8 heads=2 weight=0")]
    [InlineData($"misc.activate {Rows} count=16 function=3")]
    [InlineData($"misc.activate {Rows} count=16 function=15 value={One}")]
    [InlineData("misc.activate src=0 stride=128 out=30000 outstride=32 tokens=R3 count=8 function=1 gated=1")]
    [InlineData("misc.add src=0 out=1536 outstride=64 count=16 tokens=R3")]
    [InlineData("misc.add src=0 stride=64 out=1536 outstride=64 count=16 tokens=R3")]
    [InlineData("misc.add src=0 out=30000 outstride=64 count=16 tokens=R3")] // the sums are unknown, and nobody reads them
    [InlineData("misc.heads src=1536 stride=64 heads=2 d=5 tokens=R3 rotated=4 table=0 tablestride=16 codes=30000 codestride=32 scales=31000 scalestride=8")]
    public void What_makes_sense_is_accepted(string instruction) => Assert.Empty(Verify(instruction));

    [Theory]
    [InlineData("misc.norm src=1536 stride=64 out=1540 outstride=64 tokens=R3 count=15 heads=1 weight=0", "for two things: reads 'src', writes 'out'")]
    [InlineData("misc.norm src=1536 stride=64 out=1536 outstride=60 tokens=R3 count=15 heads=1 weight=0", "for two things: reads 'src', writes 'out'")]
    [InlineData("misc.norm src=1536 stride=64 out=1536 outstride=64 tokens=R3 count=8 heads=1 weight=1560", "for two things: reads 'weight', writes 'out'")]
    [InlineData("misc.norm src=1536 stride=32 out=1536 outstride=32 tokens=R3 count=4 heads=3 weight=0", "rows of 12 elements 32 bytes apart overlap, and are updated in place")]
    [InlineData("misc.activate src=1536 stride=32 out=1536 outstride=32 tokens=R3 count=9", "rows of 9 elements 32 bytes apart overlap, and are updated in place")]
    [InlineData("misc.activate src=1536 stride=64 out=1536 outstride=64 tokens=R3 count=8 gated=1", "for two things: reads 'src', writes 'out'")]
    [InlineData("misc.add src=0 out=1536 outstride=60 count=16 tokens=R3", "rows of 16 elements 60 bytes apart overlap, and are updated in place")]
    [InlineData("misc.add src=1580 out=1536 outstride=64 count=12 tokens=R3", "for two things: reads 'src', writes 'out'")]
    [InlineData("misc.add src=1024 out=1538 outstride=64 count=4 tokens=R3", "multiples of 4")]
    [InlineData("misc.add src=30000 out=1536 outstride=64 count=4 tokens=R3", "reads scratch byte 30000 ('src'), which nothing in the step has written")]
    [InlineData("misc.add src=0 out=30000 count=4 tokens=1\nmisc.activate src=30000 out=31000 count=4 tokens=1", "reads scratch byte 30000 ('src'), which nothing in the step has written")]
    [InlineData("misc.norm src=1536 out=30000 tokens=1 count=16 heads=1 weight=740", "reads scratch byte 768 ('weight'), which nothing in the step has written")]
    [InlineData($"misc.norm src=1536 out=30000 tokens=1 count=4 heads=1 epsilon={MinusOne}", "'epsilon' is 3212836864")]
    [InlineData($"misc.norm src=1536 out=30000 tokens=1 count=4 heads=1 epsilon={Infinite}", "'epsilon' is 2139095040")]
    [InlineData("misc.activate src=1536 out=30000 count=4 tokens=1 function=5", "no function has the number 5")]
    [InlineData("misc.activate src=1536 out=30000 count=4 tokens=1 function=0 value=1", "'value' is 1; it is 0 save for 'cap'")]
    [InlineData("misc.activate src=1536 out=30000 count=4 tokens=1 function=15", "'value' is 0, which are not the bits of a finite number above 0")]
    [InlineData($"misc.activate src=1536 out=30000 count=4 tokens=1 function=15 value={NotANumber}", "'value' is 2143289344")]
    [InlineData($"misc.activate src=1536 out=30000 count=4 tokens=1 function=15 value={One} gated=1", "'cap' has no gated form")]
    [InlineData($"misc.softmax cap={MinusOne}", "'cap' is 3212836864")]
    [InlineData($"misc.embed scale={NotANumber}", "'scale' is 2143289344, which are not the bits of a finite number")]
    [InlineData("misc.heads heads=1 d=6 tokens=1 src=1536 rotated=3 codes=30000 scales=31000", "of heads of 6 elements 3 cannot be rotated")]
    [InlineData("misc.heads heads=1 d=6 tokens=1 src=1536 rotated=8 codes=30000 scales=31000", "of heads of 6 elements 8 cannot be rotated")]
    public void What_makes_none_is_refused(string instruction, string message)
    {
        IReadOnlyList<Diagnostic> found = Verify(instruction);

        Assert.NotEmpty(found);
        Assert.All(found, d => Assert.Equal(Codes.ProgramInvalid, d.Code));
        Assert.True(found.Any(d => d.Message.Contains(message, StringComparison.Ordinal)), string.Join('\n', found));
    }

    [Fact]
    public void Rows_in_place_are_not_to_be_read_by_others_meanwhile()
    {
        // The loads wrote the table before the store of keys, which may still read it when the sums are made.
        IReadOnlyList<Diagnostic> found = Verify("misc.add src=0 out=640 count=1 tokens=1");

        Assert.Contains(found, d => d.Message.Contains("write after read: 'misc.add' writes scratch bytes 640 to 643 ('out')", StringComparison.Ordinal));
    }

    private static IReadOnlyList<Diagnostic> Verify(string instruction) =>
        ProgramVerifier.Verify(SmallProgram.With("misc.quantize release=xch", $"{instruction}\n      misc.quantize release=xch")).Items;
}
