using Flightc.Isa;
using Flightc.Runtime.Emulation;

namespace Flightc.Runtime.Benchmarking;

/// <summary>Where the time of a step went, on average over a few steps that ran with a clock at every instruction.</summary>
/// <param name="Seconds">A step, clocks included.</param>
/// <param name="Units">Of it, by unit.</param>
/// <param name="Operators">Of it, by what instructions are for: their provenance, or the mnemonic of one without.</param>
public sealed record StepTimes(
    double Seconds, IReadOnlyDictionary<Unit, double> Units, IReadOnlyDictionary<string, double> Operators)
{
    /// <summary>What no instruction is charged with: issuing them, and the clocks.</summary>
    public double Issuing => Math.Max(0, Seconds - Units.Values.Sum());

    /// <summary>Adds up a clock.</summary>
    /// <param name="clock">What was charged.</param>
    /// <param name="seconds">All steps together.</param>
    /// <param name="steps">How many, at least 1.</param>
    internal static StepTimes Of(StepClock clock, double seconds, int steps)
    {
        EntryPoint entry = clock.Entry;
        Dictionary<Unit, double> units = Enum.GetValues<Unit>().ToDictionary(u => u, _ => 0.0);
        Dictionary<string, double> operators = new(StringComparer.Ordinal);
        for (int core = 0; core < entry.Streams.Count; core++)
        {
            foreach (Unit unit in Enum.GetValues<Unit>())
            {
                IReadOnlyList<Instruction> stream = entry.Streams[core][(int)unit];
                for (int i = 0; i < stream.Count; i++)
                {
                    if (clock.Seconds(core, unit, i) is > 0 and double spent)
                    {
                        string name = stream[i].Provenance.Length > 0 ? stream[i].Provenance : stream[i].Mnemonic;
                        units[unit] += spent / steps;
                        operators[name] = operators.GetValueOrDefault(name) + (spent / steps);
                    }
                }
            }
        }

        return new StepTimes(seconds / steps, units, operators);
    }
}
