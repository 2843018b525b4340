using System.Text.Json.Nodes;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Isa;
using Flightc.Runtime.Benchmarking;
using Flightc.Runtime.Emulation;

namespace Flightc.Cli.Benchmarking;

/// <summary>How fast an image ran, for people and for machines.</summary>
internal static class BenchReport
{
    private const double Giga = 1e9;
    private const int OperatorsForPeople = 12;

    /// <summary>Writes it to standard output.</summary>
    public static void Write(BenchSubject subject, SpeedResult result, Output output)
    {
        if (output.IsJson)
        {
            output.WriteJson(ToJson(subject, result));
            return;
        }

        SpeedOptions options = subject.Options;
        TokenBytes bytes = result.Bytes;
        Tables.WriteFacts(
            output,
            ("image", $"{subject.Path}: {subject.Manifest.Model.Name}, recipe {subject.Manifest.Recipe.Name}, {Quantity.Real(subject.Manifest.BitsPerWeight)} bits per weight"),
            ("emulator", $"{options.Threads} threads, vectors {VectorPaths.NameOf(options.Path)}, {options.Runs} runs each"),
            ("prefill", $"{Words(result.PrefillRates, 1)} tokens/s of a prompt of {Quantity.Count(options.Prompt)}"),
            ("decode", $"{Words(result.DecodeRates, 2)} tokens/s, {options.Tokens} tokens after {Quantity.Count(options.Past)}"),
            ("a token", $"{Megabytes(bytes.Total)} MB: weights {Megabytes(bytes.Weights)}, KV cache {Megabytes(bytes.CacheRead)} read and {Megabytes(bytes.CacheWritten)} written, tables {Megabytes(bytes.Tables)}"),
            ("decode moves", $"{Words(result.Throughput, 2, Giga)} GB/s: {Quantity.Percent(result.CeilingShare.Median)} of the memory ceiling, weights {Quantity.Percent(result.KernelShare.Median)} of the kernel alone"),
            ("memory ceiling", $"{Around(result.Ceilings)} GB/s, read by all threads from {Quantity.Bytes(result.CeilingBytes)} of weights"),
            ("kernel alone", $"{Around(result.Kernels)} GB/s of weights"));
        WriteUnits(result, output);
        WriteOperators("a decode step", result.DecodeTimes, output);
        WriteOperators("a prefill step", result.PrefillTimes, output);
    }

    private static void WriteUnits(SpeedResult result, Output output) =>
        Tables.Write(
            output, "time by unit, in steps with a clock at every instruction",
            ["unit", ">decode step, ms", ">share", ">prefill step, ms", ">share"],
            [
                .. Enum.GetValues<Unit>().Select(unit => Row(
                    InstructionSet.NameOf(unit).ToUpperInvariant(), result.DecodeTimes.Units[unit], result.PrefillTimes.Units[unit], result)),
                Row("issuing", result.DecodeTimes.Issuing, result.PrefillTimes.Issuing, result),
                Row("all", result.DecodeTimes.Seconds, result.PrefillTimes.Seconds, result),
            ]);

    private static IReadOnlyList<string> Row(string name, double decode, double prefill, SpeedResult result) =>
    [
        name, Milliseconds(decode), Quantity.Percent(decode / result.DecodeTimes.Seconds),
        Milliseconds(prefill), Quantity.Percent(prefill / result.PrefillTimes.Seconds),
    ];

    private static void WriteOperators(string step, StepTimes times, Output output)
    {
        IReadOnlyList<(string Name, double Seconds)> operators = Operators(times);
        Tables.Write(
            output, $"time of {step} by operator, all layers together", ["operator", ">ms", ">share"],
            [
                .. operators.Take(OperatorsForPeople).Select(o => Row(o.Name, o.Seconds)),
                .. operators.Count > OperatorsForPeople ? [Row("all others", operators.Skip(OperatorsForPeople).Sum(o => o.Seconds))] : (string[][])[],
            ]);

        string[] Row(string name, double seconds) => [name, Milliseconds(seconds), Quantity.Percent(seconds / times.Seconds)];
    }

    private static JsonObject ToJson(BenchSubject subject, SpeedResult result) => new()
    {
        ["image"] = subject.Path,
        ["model"] = subject.Manifest.Model.Name,
        ["target"] = subject.Manifest.Geometry.Target,
        ["recipe"] = subject.Manifest.Recipe.Name,
        ["bits_per_weight"] = subject.Manifest.BitsPerWeight,
        ["context_length"] = subject.Manifest.ContextLength,
        ["threads"] = subject.Options.Threads,
        ["vectors"] = VectorPaths.NameOf(subject.Options.Path),
        ["runs"] = subject.Options.Runs,
        ["prefill"] = new JsonObject
        {
            ["tokens"] = subject.Options.Prompt,
            ["tokens_per_second"] = Of(result.PrefillRates),
        },
        ["decode"] = new JsonObject
        {
            ["tokens"] = subject.Options.Tokens,
            ["past_tokens"] = subject.Options.Past,
            ["tokens_per_second"] = Of(result.DecodeRates),
            ["bytes_per_token"] = result.Bytes.Total,
            ["weight_bytes_per_token"] = result.Bytes.Weights,
            ["cache_read_bytes_per_token"] = result.Bytes.CacheRead,
            ["cache_written_bytes_per_token"] = result.Bytes.CacheWritten,
            ["table_bytes_per_token"] = result.Bytes.Tables,
            ["gb_per_second"] = Of(result.Throughput, Giga),
            ["ceiling_share"] = Of(result.CeilingShare),
            ["kernel_share"] = Of(result.KernelShare),
        },
        ["memory_ceiling"] = new JsonObject { ["bytes"] = result.CeilingBytes, ["gb_per_second"] = Of(result.Ceilings, Giga) },
        ["kernel"] = new JsonObject { ["gb_per_second"] = Of(result.Kernels, Giga) },
        ["steps"] = new JsonArray(Of("decode", result.DecodeTimes), Of("prefill", result.PrefillTimes)),
    };

    private static JsonObject Of(Samples samples, double unit = 1) => new()
    {
        ["median"] = Json.Number(samples.Median / unit),
        ["min"] = Json.Number(samples.Min / unit),
        ["max"] = Json.Number(samples.Max / unit),
        ["spread"] = Json.Number(samples.Spread),
        ["all"] = Json.Array(samples.Values, v => Json.Number(v / unit)),
    };

    private static JsonObject Of(string entry, StepTimes times) => new()
    {
        ["entry"] = entry,
        ["seconds"] = times.Seconds,
        ["issuing_seconds"] = times.Issuing,
        ["units"] = Json.Array(
            Enum.GetValues<Unit>(),
            unit => new JsonObject { ["unit"] = InstructionSet.NameOf(unit), ["seconds"] = times.Units[unit], ["share"] = times.Units[unit] / times.Seconds }),
        ["operators"] = Json.Array(
            Operators(times),
            o => new JsonObject { ["operator"] = o.Name, ["seconds"] = o.Seconds, ["share"] = o.Seconds / times.Seconds }),
    };

    /// <summary>Operators of all layers together, the longest first.</summary>
    private static IReadOnlyList<(string Name, double Seconds)> Operators(StepTimes times) =>
    [
        .. times.Operators.GroupBy(o => LayerNames.Merged(o.Key), StringComparer.Ordinal)
            .Select(g => (Name: g.Key, Seconds: g.Sum(o => o.Value)))
            .OrderByDescending(o => o.Seconds).ThenBy(o => o.Name, StringComparer.Ordinal),
    ];

    // The median, and in brackets the least and the most.
    private static string Words(Samples samples, int decimals, double unit = 1) =>
        $"{Quantity.Real(samples.Median / unit, decimals)} ({Quantity.Real(samples.Min / unit, decimals)} to {Quantity.Real(samples.Max / unit, decimals)})";

    private static string Around(Samples samples) =>
        $"{Quantity.Real(samples.Values[0] / Giga, 2)} before, {Quantity.Real(samples.Values[^1] / Giga, 2)} after, {Quantity.Real(samples.Min / Giga, 2)} to {Quantity.Real(samples.Max / Giga, 2)} between";

    private static string Megabytes(double bytes) => Quantity.Real(bytes / 1e6, 2);

    private static string Milliseconds(double seconds) => Quantity.Real(seconds * 1e3, 3);
}
