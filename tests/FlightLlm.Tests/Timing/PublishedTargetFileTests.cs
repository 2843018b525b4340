using Flightc.Diagnostics;
using Flightc.FlightLlm;

namespace Flightc.Tests.Timing;

public sealed class PublishedTargetFileTests
{
    private static readonly string Folder = Path.Combine(TestData.Repository, "configs", "targets");

    [Theory]
    [InlineData("flightllm-u280", "  depth: 4096", "  dept: 4096", Codes.SettingsMissingKey, "the key 'depth' is missing in 'buffers'")]
    [InlineData("flightllm-u280", "  depth: 4096", "  dept: 4096", Codes.SettingsUnknownKey, "unknown key 'dept' in 'buffers'; did you mean 'depth'?")]
    [InlineData("flightllm-u280", "barrier_us: 11.863", "barrier_us: long", Codes.SettingsValue, "'barrier_us' is a number above 0 and at most 1,000,000, not 'long'")]
    [InlineData("flightllm-u280", "[11, 11, 10]", "[11, 11, 11]", Codes.SettingsValue, "'all_channels_of_cores' shares at most 32 channels out to 3 cores")]
    [InlineData("flightllm-vhk158", "dsp_overcommitment: 1068", "dsp_overcommitment: 1067", Codes.SettingsValue, "the machine needs 8460 DSP blocks, but the card has 7392 and 'dsp_overcommitment' grants 1067")]
    [InlineData("flightllm-vhk158", "isa: flightllm-vhk158", "isa: flightc-1", Codes.SettingsValue, "'isa' is one of 'flightllm-vhk158', 'flightllm-u280-1.3', not 'flightc-1'")]
    public void What_cannot_be_is_refused_with_its_place(string name, string old, string changed, string code, string message)
    {
        using TemporaryFolder folder = new();
        string text = File.ReadAllText(Path.Combine(Folder, name + ".yaml"));
        Assert.Contains(old, text, StringComparison.Ordinal);
        string path = folder.Write(name + ".yaml", text.Replace(old, changed, StringComparison.Ordinal));

        CompilationException e = Assert.Throws<CompilationException>(() => PublishedTargetFile.Read(path));

        Assert.Contains(e.Diagnostics, d => d.Code == code && d.Message.StartsWith(message, StringComparison.Ordinal));
        Assert.All(e.Diagnostics, d => Assert.Matches(@":\d+:\d+$", d.Location));
    }

    [Fact]
    public void What_is_unexplained_stands_in_the_file_of_the_vhk158_alone()
    {
        PublishedTarget vhk158 = PublishedTables.Vhk158;
        PublishedTarget u280 = PublishedTables.U280;

        Assert.Equal((3.2, 1024.0 * 1024 * 1024, 1068), (vhk158.TimeDivisor, vhk158.Hbm.BytesPerGigabyte, vhk158.Resources.DspOvercommitment));
        Assert.Equal((1.0, 1e9, 0), (u280.TimeDivisor, u280.Hbm.BytesPerGigabyte, u280.Resources.DspOvercommitment));
        Assert.Equal(6345, u280.Cores * u280.Resources.DspPerCore);
        Assert.Equal(14.4e9, u280.Hbm.ChannelBytesPerSecond, 1.0);

        string[] sources = Directory.GetFiles(Path.Combine(TestData.Repository, "src", "FlightLlm"), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(sources);
        Assert.DoesNotContain(sources, path => File.ReadAllText(path) is var code && (code.Contains("3.2;", StringComparison.Ordinal) || code.Contains("1068", StringComparison.Ordinal)));
    }
}
