using Flightc.Diagnostics;
using Flightc.Targets;

namespace Flightc.Tests.Targets;

public sealed class TargetTests
{
    private static readonly string Folder = Path.Combine(TestData.Repository, "configs", "targets");

    [Fact]
    public void The_u280_uses_all_channels_and_fits_its_card()
    {
        Target target = new TargetCatalog(Folder).Find("u280");

        Assert.Equal(32, target.Channels);
        Assert.Equal(3 * 4096, target.PeakMacsPerCycle);
        Assert.Equal(460.8e9, target.PeakHbmBytesPerSecond);
        Assert.Equal(new CardResources(6948, 508, 944), ResourceModel.Needed(target));
        Assert.Equal([(0, 11), (11, 11), (22, 10)], target.Geometry.Cores.Select(c => (c.First, c.Count)));
        Assert.Equal(512 * 1024, target.Geometry.WeightRingBytes + target.Geometry.CacheRingBytes);
    }

    [Fact]
    public void The_vhk158_uses_all_channels_and_fits_its_card()
    {
        Target target = new TargetCatalog(Folder).Find("vhk158");

        Assert.Equal([(0, 8), (8, 8), (16, 8), (24, 8)], target.Geometry.Cores.Select(c => (c.First, c.Count)));
        Assert.Equal(4 * 4096, target.PeakMacsPerCycle);
        Assert.InRange(target.PeakHbmBytesPerSecond, 0.99 * 819.2e9, 819.2e9);
        Assert.Equal(new CardResources(7216, 676, 1300), ResourceModel.Needed(target));
    }

    [Fact]
    public void With_the_published_lanes_the_u280_needs_the_published_blocks()
    {
        Target target = new TargetCatalog(Folder).Find("u280");

        Assert.Equal(new CardResources(6345, 436, 944), ResourceModel.Needed(target with { Core = target.Core with { SpecialLanes = 16 } }));
    }

    [Fact]
    public void Every_shipped_target_is_valid_and_is_found_by_its_name()
    {
        TargetCatalog catalog = new(Folder);

        Assert.Equal(["tiny", "u280", "vhk158"], catalog.All().Select(t => t.Name));
        Assert.Equal(["flightllm-u280", "flightllm-vhk158"], catalog.AllForValidation().Select(Path.GetFileNameWithoutExtension));
        Assert.Equal(5, catalog.Names.Count);
        Assert.Equal("tiny", catalog.Find(Path.Combine(Folder, "tiny.yaml")).Name);
    }

    [Fact]
    public void A_published_machine_is_told_by_its_instruction_set_and_nothing_is_compiled_for_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("mine.yaml", "name: mine\nisa: flightllm-u280-1.3\n");
        TargetCatalog catalog = new(Folder);

        CompilationException e = Assert.Throws<CompilationException>(() => catalog.Find(path));

        Assert.Equal(Codes.TargetForValidation, e.Diagnostics[0].Code);
        Assert.Equal(ExitCode.Unsupported, e.ExitCode);
        Assert.Equal(path, catalog.FindForValidation(path));
        Assert.Null(catalog.FindForValidation("u280"));
        Assert.NotNull(catalog.FindForValidation("flightllm-vhk158"));
    }

    [Theory]
    [InlineData("tokens: 128 ", "tokens: 1000 ", "the machine needs 48804 DSP blocks, but the card has 9024")]
    [InlineData("scratch_kib: 4608", "scratch_kib: 5120", "the machine needs 992 UltraRAMs, but the card has 960")]
    [InlineData("bram: 2016", "bram: 400", "the machine needs 508 block RAMs, but the card has 400")]
    [InlineData("[11, 11, 10]", "[11, 11, 11]", "the cores own 33 channels together, but 'hbm' has 32")]
    [InlineData("page_bytes: 4096", "page_bytes: 4100", "'page_bytes' is a multiple of 64, the alignment of memory, not 4100")]
    [InlineData("weight_ring_kib: 384", "weight_ring_kib: 8", "the weight ring has 8192 bytes; with pages of 4096 it needs at least 8232")]
    [InlineData("flightc-1", "flightc-2", "'isa' is 'flightc-1', not 'flightc-2'; did you mean 'flightc-1'?")]
    [InlineData("row_bytes: 1024", "row_bytes: 1000", "a row of 1000 bytes is not a whole number of bursts of 32")]
    [InlineData("refresh_share: 0.067", "refresh_share: 0.67", "'refresh_share' is a number above 0 and at most 0.5, not '0.67'")]
    [InlineData("mac_pj: 2.5", "mac_pj: -1", "'mac_pj' is a number above 0 and at most 1,000,000, not ")]
    public void A_machine_that_cannot_be_is_refused_with_numbers(string old, string changed, string message)
    {
        using TemporaryFolder folder = new();
        string text = File.ReadAllText(Path.Combine(Folder, "u280.yaml"));
        Assert.Contains(old, text, StringComparison.Ordinal);
        string path = folder.Write("u280.yaml", text.Replace(old, changed, StringComparison.Ordinal));

        CompilationException e = Assert.Throws<CompilationException>(() => TargetFile.Read(path));

        Assert.Contains(e.Diagnostics, d => d.Code == Codes.SettingsValue && d.Message.StartsWith(message, StringComparison.Ordinal));
        Assert.All(e.Diagnostics, d => Assert.StartsWith(path + ":", d.Location, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_error_of_a_target_is_reported_at_once()
    {
        using TemporaryFolder folder = new();
        string text = File.ReadAllText(Path.Combine(Folder, "u280.yaml"))
            .Replace("pseudo_channels: 32", "pseudo_chanels: 32", StringComparison.Ordinal)
            .Replace("clock_mhz: 225", "clock_mhz: fast", StringComparison.Ordinal)
            .Replace("name: u280", "name: u281", StringComparison.Ordinal)
            .Replace("  gib: 32", "  gib: \"32\"", StringComparison.Ordinal);
        string path = folder.Write("u280.yaml", text);

        CompilationException e = Assert.Throws<CompilationException>(() => TargetFile.Read(path));

        Assert.Equal(
            [
                (Codes.SettingsValue, ":3:7", "'name' is 'u281', but the file is called 'u280.yaml'; they have to agree"),
                (Codes.SettingsValue, ":7:12", "'clock_mhz' is a number above 0 and at most 10,000, not 'fast'"),
                (Codes.SettingsMissingKey, ":11:3", "the key 'pseudo_channels' is missing in 'hbm'"),
                (Codes.SettingsUnknownKey, ":11:3", "unknown key 'pseudo_chanels' in 'hbm'; did you mean 'pseudo_channels'?"),
                (Codes.SettingsValue, ":16:8", "'gib' is a whole number from 1 to 65536, not '32'"),
            ],
            e.Diagnostics.Select(d => (d.Code, d.Location[path.Length..], d.Message)));
    }

    [Fact]
    public void A_name_that_does_not_exist_is_answered_with_those_that_do()
    {
        TargetCatalog catalog = new(Folder);

        CompilationException e = Assert.Throws<CompilationException>(() => catalog.Find("u208"));

        Assert.Equal(Codes.SettingsNotFound, e.Diagnostics[0].Code);
        Assert.Equal("no target is called 'u208'; did you mean 'u280'?", e.Diagnostics[0].Message);
        Assert.Contains("flightllm-u280, flightllm-vhk158, tiny, u280, vhk158", e.Diagnostics[0].Help, StringComparison.Ordinal);
        Assert.Equal(Codes.FileNotReadable, Assert.Throws<CompilationException>(() => catalog.Find("./none.yaml")).Diagnostics[0].Code);
        Assert.Equal(ExitCode.Usage, e.ExitCode);
    }
}
