using System.Globalization;
using Flightc.FlightLlm;

namespace Flightc.Tests;

/// <summary>The published machines, and the released result tables.</summary>
internal static class PublishedTables
{
    private static readonly string[] Rows = ["LD", "ST", "MM", "MV", "MISC", "SYS"];

    public static PublishedTarget Vhk158 { get; } = Target("flightllm-vhk158");

    public static PublishedTarget U280 { get; } = Target("flightllm-u280");

    /// <summary>Counts and busy milliseconds of each unit, and the total, of one released table.</summary>
    public sealed record Table(long[] Counts, double[] BusyMs, long Instructions, double TotalMs);

    /// <summary>Reads a table. Skips the calling test where the wider data is not there.</summary>
    public static Table Read(string stage, int tokens)
    {
        string path = TestData.Wider("reference", "flightllm-vhk158", "times", $"llama2_{stage}_token_{tokens}.csv");
        Dictionary<string, string[]> lines = File.ReadAllLines(path).Skip(1).Select(l => l.Split(',')).ToDictionary(l => l[0]);
        return new Table(
            [.. Rows.Select(r => long.Parse(lines[r][1], CultureInfo.InvariantCulture))],
            [.. Rows.Select(r => double.Parse(lines[r][2], CultureInfo.InvariantCulture))],
            long.Parse(lines["TOTAL"][1], CultureInfo.InvariantCulture),
            double.Parse(lines["TOTAL"][2], CultureInfo.InvariantCulture));
    }

    private static PublishedTarget Target(string name) =>
        PublishedTargetFile.Read(Path.Combine(TestData.Repository, "configs", "targets", name + ".yaml"));
}
