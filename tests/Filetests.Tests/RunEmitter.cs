using Flightc.Backend.Emission;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Tests.Filetests;

/// <summary>Makes the program of a schedule.</summary>
internal sealed class RunEmitter : SubTest
{
    public override string Name => "emit";

    public override string Run(string input, string[] arguments)
    {
        Schedule schedule = ScheduleText.Parse(input, Location);
        ScheduleVerifier.ThrowIfInvalid(schedule);
        MachineProgram program = Emitter.Emit(schedule, AddressMap.Of(schedule));
        ProgramVerifier.Verify(program).ThrowIfErrors();
        string text = Assembly.Print(program);
        Assert.Equal(text, Assembly.Print(Assembly.Parse(text, Location)));
        return text;
    }
}
