using Flightc.Schedules;

namespace Flightc.Tests.Filetests;

/// <summary>Parses and prints a schedule; the print must survive the same.</summary>
internal sealed class CatSchedule : SubTest
{
    public override string Name => "cat schedule";

    public override string Run(string input, string[] arguments)
    {
        string text = ScheduleText.Print(ScheduleText.Parse(input, Location));
        Assert.Equal(text, ScheduleText.Print(ScheduleText.Parse(text, Location)));
        return text;
    }
}
