using System.Globalization;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Passes.Tiling;
using Flightc.Schedules;

namespace Flightc.Tests.Filetests;

/// <summary>Maps a graph onto a machine: <c>tile CHANNELS,... SCRATCH TOKENS</c>, as in <c>tile 2,2 65536 4</c>.</summary>
internal sealed class RunTiler : SubTest
{
    public override string Name => "tile";

    public override string Run(string input, string[] arguments)
    {
        List<ChannelRange> cores = [];
        foreach (string channels in arguments[0].Split(','))
        {
            cores.Add(new ChannelRange(cores.Sum(c => c.Count), int.Parse(channels, CultureInfo.InvariantCulture)));
        }

        Geometry geometry = new(
            "small", cores, 1 << 20, 1 << 20, long.Parse(arguments[1], CultureInfo.InvariantCulture), WeightRingBytes: 8192, CacheRingBytes: 4096,
            PageBytes: 1024);
        Schedule schedule = Tiler.Tile(GraphText.Parse(input, Location), geometry, int.Parse(arguments[2], CultureInfo.InvariantCulture));
        ScheduleVerifier.ThrowIfInvalid(schedule);
        string text = ScheduleText.Print(schedule);
        Assert.Equal(text, ScheduleText.Print(ScheduleText.Parse(text, Location)));
        return text;
    }
}
