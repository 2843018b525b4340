using System.IO.Compression;
using System.Text.Json;
using Flightc.Cli.Reports;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Tests;

public sealed class TraceTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    private const double NanosecondsPerSecond = 1e9;

    [Theory]
    [InlineData("decode@0")]
    [InlineData("decode@100")]
    [InlineData("prefill@0+8")]
    [InlineData("prefill@37+5")]
    public void Slices_of_a_unit_follow_one_another_and_add_up_to_its_time(string name)
    {
        using WorkFolder folder = new();
        using OpenedSubject opened = new(stories.Image, "tiny");
        StepCase step = StepOption.Parse(name, opened.Subject.Program.Memory);
        StepTiming timing = opened.Subject.Model.Run(step, Explanation.None);
        double nanoseconds = NanosecondsPerSecond / opened.Subject.Model.Target.ClockHertz;
        CommandRun.Of("estimate", stories.Image, "-t", "tiny", "--trace", folder["t.json"], "--step", name).Succeeds();
        JsonElement[] events = Events(File.ReadAllBytes(folder["t.json"]));

        var threads = events.Where(e => Text(e, "ph") == "X").GroupBy(e => (Number(e, "pid") - 1, Number(e, "tid") - 1)).ToArray();
        Assert.Equal(
            timing.Units.SelectMany((core, c) => core.Select((unit, u) => (Key: ((double)c, (double)u), unit.Instructions)))
                .Where(u => u.Instructions > 0).Select(u => u.Key),
            threads.Select(t => t.Key).Order());
        foreach (var thread in threads)
        {
            decimal end = 0;
            foreach (JsonElement slice in thread)
            {
                // What came before has ended, and nothing is left out between the two.
                Assert.Equal(end, slice.GetProperty("ts").GetDecimal());
                Assert.True(slice.GetProperty("dur").GetDecimal() >= 0);
                end += slice.GetProperty("dur").GetDecimal();
            }

            UnitTime time = timing.Units[(int)thread.Key.Item1][(int)thread.Key.Item2];
            Assert.Equal(time.Instructions, thread.Count(e => Text(e, "cat") == "instruction"));
            AssertTime(time.Busy, thread.Where(e => Text(e, "cat") == "instruction"), nanoseconds);
            foreach (StallCause cause in StallNames.All)
            {
                AssertTime(
                    time.Stalled(cause),
                    thread.Where(e => Text(e, "cat") == "stall" && e.GetProperty("args").GetProperty("cause").GetString() == StallNames.Key(cause)),
                    nanoseconds);
            }
        }
    }

    [Fact]
    public void Slices_name_the_instructions_of_the_program()
    {
        using WorkFolder folder = new();
        using OpenedSubject opened = new(stories.Image, "tiny");
        CommandRun.Of("estimate", stories.Image, "-t", "tiny", "--trace", folder["t.json"], "--step", "decode@9").Succeeds();
        IReadOnlyList<IReadOnlyList<IReadOnlyList<Instruction>>> streams = opened.Subject.Program.Decode.Streams;
        JsonElement[] slices = [.. Events(File.ReadAllBytes(folder["t.json"])).Where(e => Text(e, "ph") == "X" && Text(e, "cat") == "instruction")];
        Assert.NotEmpty(slices);
        Assert.All(slices, slice =>
        {
            JsonElement args = slice.GetProperty("args");
            Instruction instruction = streams[(int)Number(slice, "pid") - 1][(int)Number(slice, "tid") - 1][args.GetProperty("index").GetInt32()];
            Assert.Equal($"{instruction.Mnemonic} {instruction.Provenance}".TrimEnd(), Text(slice, "name"));
            Assert.StartsWith(instruction.Mnemonic, args.GetProperty("instruction").GetString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_rate_of_HBM_adds_up_to_the_bytes_of_the_step()
    {
        using WorkFolder folder = new();
        using OpenedSubject opened = new(stories.Image, "tiny");
        StepTiming timing = opened.Subject.Model.Run(StepCase.Decode(100), Explanation.None);
        CommandRun.Of("estimate", stories.Image, "-t", "tiny", "--trace", folder["t.json"], "--step", "decode@100").Succeeds();
        JsonElement[] counters = [.. Events(File.ReadAllBytes(folder["t.json"])).Where(e => Text(e, "ph") == "C")];
        foreach (int process in (int[])[0, 1])
        {
            JsonElement[] rates = [.. counters.Where(e => Text(e, "name") == "HBM" && Number(e, "pid") == process)];
            double bytes = rates.Zip(rates.Skip(1)).Sum(pair =>
                pair.First.GetProperty("args").GetProperty("bytes_per_second").GetDouble() * (Number(pair.Second, "ts") - Number(pair.First, "ts")) / 1e6);
            Assert.InRange(bytes / timing.Traffic.Hbm, process == 0 ? 0.999 : 0.01, 1.001);
        }

        Geometry geometry = opened.Subject.Program.Geometry;
        Assert.All(counters.Where(e => Text(e, "name") == "weight ring"), e =>
            Assert.InRange(e.GetProperty("args").GetProperty("bytes").GetDouble(), 1, geometry.WeightRingBytes));
        Assert.Contains(counters, e => Text(e, "name") == "KV ring");
    }

    [Fact]
    public void A_trace_is_the_same_every_time_and_whether_compressed_or_not()
    {
        using WorkFolder folder = new();
        foreach (string name in (string[])["a.json", "b.json", "c.json.gz"])
        {
            CommandRun.Of("estimate", TestData.Stories, "-t", "tiny", "--max-length", "64", "--trace", folder[name]).Succeeds();
        }

        using GZipStream zip = new(File.OpenRead(folder["c.json.gz"]), CompressionMode.Decompress);
        using MemoryStream plain = new();
        zip.CopyTo(plain);
        Assert.Equal(File.ReadAllBytes(folder["a.json"]), File.ReadAllBytes(folder["b.json"]));
        Assert.Equal(File.ReadAllBytes(folder["a.json"]), plain.ToArray());
        Assert.Equal(["a.json", "b.json", "c.json.gz"], folder.Files);
    }

    [Theory]
    [InlineData("decode", ExitCode.Usage, Codes.Usage)]
    [InlineData("decode@", ExitCode.Usage, Codes.Usage)]
    [InlineData("decode@-1", ExitCode.Usage, Codes.Usage)]
    [InlineData("decode@1+1", ExitCode.Usage, Codes.Usage)]
    [InlineData("prefill@3", ExitCode.Usage, Codes.Usage)]
    [InlineData("verify@3+1", ExitCode.Usage, Codes.Usage)]
    [InlineData("decode@99999999999999999999", ExitCode.Usage, Codes.Usage)]
    [InlineData("decode@128", ExitCode.Unsupported, Codes.LengthUnsupported)]
    [InlineData("prefill@0+0", ExitCode.Unsupported, Codes.LengthUnsupported)]
    [InlineData("prefill@0+1000", ExitCode.Unsupported, Codes.LengthUnsupported)]
    [InlineData("prefill@127+2", ExitCode.Unsupported, Codes.LengthUnsupported)]
    public void A_step_that_there_is_not_is_refused_and_leaves_no_file(string step, ExitCode code, string diagnostic)
    {
        using WorkFolder folder = new();
        CommandRun.Of("estimate", stories.Image, "-t", "tiny", "--trace", folder["t.json"], "--step", step).FailsWith(code, diagnostic);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void An_image_for_another_machine_is_refused()
    {
        using WorkFolder folder = new();
        CommandRun.Of("estimate", stories.Image, "-t", "u280", "--trace", folder["t.json"]).FailsWith(ExitCode.VerificationFailed, Codes.ImageMismatch);
        Assert.Empty(folder.Files);
    }

    private static void AssertTime(double cycles, IEnumerable<JsonElement> slices, double nanoseconds)
    {
        JsonElement[] all = [.. slices];
        Assert.Equal(cycles, all.Sum(e => e.GetProperty("args").GetProperty("cycles").GetDouble()), 1e-6 * Math.Max(1, cycles));

        // Each end of a slice is rounded to a nanosecond.
        double drawn = (double)all.Sum(e => e.GetProperty("dur").GetDecimal()) * 1000;
        Assert.Equal(cycles * nanoseconds, drawn, all.Length + 1.0);
    }

    private static JsonElement[] Events(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. document.RootElement.GetProperty("traceEvents").EnumerateArray().Select(e => e.Clone())];
    }

    private static string? Text(JsonElement item, string key) => item.GetProperty(key).GetString();

    private static double Number(JsonElement item, string key) => item.GetProperty(key).GetDouble();
}
