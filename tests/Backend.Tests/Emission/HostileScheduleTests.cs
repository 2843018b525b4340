using Flightc.Backend.Emission;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Tests.Emission;

public sealed class HostileScheduleTests
{
    private static readonly string[] Interesting =
        ["0", "1", "-1", "2", "3", "15", "16", "17", "64", "2147483647", "2147483648", "1099511627776", "9223372036854775807", "1e308", "NaN", "\"\"", "x"];

    [Theory]
    [InlineData("emit")]
    [InlineData("emit-phi2")]
    public void Damaged_text_is_refused_or_gives_a_program_and_never_anything_else(string fixture)
    {
        string text = Fixture(fixture);
        Random random = new(1);
        int valid = 0;
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            try
            {
                Schedule schedule = ScheduleText.Parse(Damage(text, random), "damaged");
                ScheduleVerifier.ThrowIfInvalid(schedule);
                MachineProgram program = Emitter.Emit(schedule, AddressMap.Of(schedule));
                Assert.Equal(2, program.Entries.Count);
                valid++;
            }
            catch (CompilationException e)
            {
                Assert.All(e.Diagnostics, d => Assert.Contains(d.Code, new[] { Codes.ScheduleText, Codes.ScheduleInvalid, Codes.DoesNotFit }));
                refused++;
            }
        }

        // Otherwise the damage is too small to show anything, or too large.
        Assert.True(valid > 30 && refused > 1000, $"{valid} valid, {refused} refused");
    }

    [Theory]
    [InlineData("emit")]
    [InlineData("emit-phi2")]
    public void A_parsed_schedule_gives_the_program_of_the_printed_one(string fixture)
    {
        Schedule schedule = ScheduleText.Parse(Fixture(fixture), "fixture");
        Schedule again = ScheduleText.Parse(ScheduleText.Print(schedule), "again");

        Assert.Equal(Assembly.Print(Emitter.Emit(schedule, AddressMap.Of(schedule))), Assembly.Print(Emitter.Emit(again, AddressMap.Of(again))));
    }

    private static string Fixture(string name) =>
        File.ReadAllText(Path.Combine(TestData.Repository, "tests", "Filetests", "schedules", $"{name}.schedule")).Split("; expect:")[0];

    /// <summary>Replaces a value, drops, repeats or swaps a line, or cuts or changes a character.</summary>
    private static string Damage(string text, Random random)
    {
        List<string> lines = [.. text.Split('\n')];
        int line = random.Next(lines.Count);
        switch (random.Next(6))
        {
            case 0:
                lines.RemoveAt(line);
                break;
            case 1:
                lines.Insert(random.Next(lines.Count), lines[line]);
                break;
            case 2:
                int other = random.Next(lines.Count);
                (lines[line], lines[other]) = (lines[other], lines[line]);
                break;
            case 3 when lines[line].Length > 0:
                int at = random.Next(lines[line].Length);
                lines[line] = lines[line][..at] + (char)random.Next(32, 127) + lines[line][(at + 1)..];
                break;
            default:
                string[] words = lines[line].Split(' ');
                int word = random.Next(words.Length);
                int equals = words[word].IndexOf('=', StringComparison.Ordinal);
                words[word] = words[word][..(equals + 1)] + Interesting[random.Next(Interesting.Length)];
                lines[line] = string.Join(' ', words);
                break;
        }

        return string.Join('\n', lines);
    }
}
