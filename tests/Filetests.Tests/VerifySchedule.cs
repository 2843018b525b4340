using Flightc.Schedules;

namespace Flightc.Tests.Filetests;

/// <summary>Prints what the verifier finds, or <c>valid</c>.</summary>
internal sealed class VerifySchedule : SubTest
{
    public override string Name => "verify schedule";

    public override string Run(string input, string[] arguments)
    {
        string found = string.Concat(ScheduleVerifier.Verify(ScheduleText.Parse(input, Location)).Select(d => d + "\n"));
        return found.Length > 0 ? found : "valid\n";
    }
}
