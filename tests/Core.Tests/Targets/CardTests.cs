using Flightc.Diagnostics;
using Flightc.Targets;

namespace Flightc.Tests.Targets;

public sealed class CardTests
{
    private static readonly string Configs = Path.Combine(TestData.Repository, "configs");
    private static readonly string Folder = Path.Combine(Configs, "cards");

    [Fact]
    public void Every_shipped_card_is_valid_and_is_found_by_its_name()
    {
        CardCatalog catalog = new(Folder);

        Assert.Equal(["u280", "v80", "vhk158"], catalog.All().Select(c => c.Name));
        Assert.Equal(new CardResources(3008, 672, 320), catalog.Find("u280").Region);
        Assert.Equal(new CardResources(1848, 635, 325), catalog.Find("vhk158").Region);
        Assert.Equal("v80", catalog.Find(Path.Combine(Folder, "v80.yaml")).Name);
        CompilationException e = Assert.Throws<CompilationException>(() => catalog.Find("u281"));
        Assert.Equal((Codes.SettingsNotFound, "no card is called 'u281'; did you mean 'u280'?"), (e.Diagnostics[0].Code, e.Diagnostics[0].Message));
    }

    [Theory]
    [InlineData("u280")]
    [InlineData("vhk158")]
    public void A_card_says_the_same_as_the_target_that_ships_for_it(string name)
    {
        Card card = new CardCatalog(Folder).Find(name);
        Target target = new TargetCatalog(Path.Combine(Configs, "targets")).Find(name);

        Assert.Equal(target.Card, card.Description);
        Assert.Equal(target.ClockHertz, card.ClockHertz);
        Assert.Equal(target.Core.Matrix.MacsPerDsp, card.MacsPerDsp);
        Assert.Equal(target.Hbm, card.Hbm);
        Assert.Equal(target.Ddr, card.Ddr);
        Assert.Equal(target.Timing, card.Timing);
        Assert.Equal(target.Energy, card.Energy);
        Assert.Equal(target.Resources, card.Resources);
        Assert.InRange(LutEstimate.Of(target), 1, card.Luts * card.LutShare);
    }

    [Fact]
    public void The_published_machine_takes_the_published_look_up_tables()
    {
        Target target = new TargetCatalog(Path.Combine(Configs, "targets")).Find("u280");
        Target published = target with
        {
            CoreChannels = [10, 10, 10],
            Core = target.Core with { SpecialLanes = 16, ExchangeBytesPerCycle = 64 },
            Buffers = target.Buffers with { WidthBytes = 64 },
        };

        Assert.InRange(LutEstimate.Of(published), 573_999, 574_001);
    }

    [Fact]
    public void Every_error_of_a_card_is_reported_at_once_with_its_place()
    {
        using TemporaryFolder folder = new();
        string text = File.ReadAllText(Path.Combine(Folder, "u280.yaml"))
            .Replace("name: u280", "name: mine", StringComparison.Ordinal)
            .Replace("die_regions: 3", "die_regions: 0", StringComparison.Ordinal)
            .Replace("lut_share: 0.7", "lut_share: 1.7", StringComparison.Ordinal)
            .Replace("macs_per_dsp", "mac_per_dsp", StringComparison.Ordinal);
        string path = folder.Write("mine.yaml", text);

        CompilationException e = Assert.Throws<CompilationException>(() => CardFile.Read(path));

        Assert.Equal(
            [
                (Codes.SettingsValue, "'die_regions' is a whole number from 1 to 16, not '0'"),
                (Codes.SettingsMissingKey, "the key 'macs_per_dsp' is missing"),
                (Codes.SettingsUnknownKey, "unknown key 'mac_per_dsp'; did you mean 'macs_per_dsp'?"),
                (Codes.SettingsValue, "'lut_share' is a number above 0 and at most 1, not '1.7'"),
            ],
            e.Diagnostics.Select(d => (d.Code, d.Message)).OrderBy(d => d.Message.Contains("lut_share", StringComparison.Ordinal)));
        Assert.All(e.Diagnostics, d => Assert.StartsWith(path + ":", d.Location, StringComparison.Ordinal));
    }
}
