using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Isa;

namespace Flightc.Cli.Images;

/// <summary>What is in an image.</summary>
internal static class InspectReport
{
    private const int DigitsOfHash = 16;

    /// <summary>Writes it to standard output.</summary>
    public static void Write(Image image, Output output)
    {
        MachineProgram program = ImageProgram.Read(image);
        IReadOnlyList<EntryFacts> entries = ImageFacts.Entries(program);
        if (output.IsJson)
        {
            output.WriteJson(ToJson(image, program, entries));
            return;
        }

        ImageManifest manifest = image.Manifest;
        Tables.WriteFacts(
            output,
            ("image", $"{image.Path}, {Quantity.Bytes(image.Length)}"),
            ("identity", image.Identity),
            ("written by", $"flightc {manifest.Tool}"),
            ("model", $"{manifest.Model.Name} ({manifest.Model.Architecture}), {Quantity.Count(manifest.WeightCount)} weights"),
            ("target", $"{manifest.Geometry.Target}: {manifest.Geometry.Cores.Count} cores, {manifest.Geometry.Channels} channels, instruction set {manifest.Isa}"),
            ("recipe", $"{manifest.Recipe.Name}: {manifest.Recipe.Description}"),
            ("context", $"{Quantity.Count(manifest.ContextLength)} tokens, at most {program.Memory.MaxTokens} per prefill step"),
            ("size of weights", $"{Quantity.Bytes(manifest.WeightBytes)}, {Quantity.Real(manifest.BitsPerWeight)} bits per weight"),
            ("weight banks", ImageReport.Words(ImageFacts.Banks(manifest))));
        Tables.Write(
            output, "made from", ["file", "sha256"],
            manifest.Inputs.Select(i => (IReadOnlyList<string>)[i.Name, i.Sha256[..DigitsOfHash]]));
        ImageReport.WritePrecisions(manifest, output);
        ImageReport.WriteEntries(entries, output);
        WriteMemory(program, output);
        Tables.Write(
            output, "sections", ["name", ">bytes", "sha256"],
            manifest.Sections.Select(
                s => (IReadOnlyList<string>)[s.Name, Quantity.Count(s.Bytes), s.Sha256[..DigitsOfHash]]));
    }

    private static void WriteMemory(MachineProgram program, Output output)
    {
        Geometry geometry = program.Geometry;
        long used = program.Memory.CacheAddress + program.Memory.CacheBytes;
        Tables.Write(
            output, "memory of each channel", ["what", ">address", ">bytes"],
            [
                ["weights", "0", Quantity.Count(program.Memory.WeightBytes)],
                ["KV cache", Quantity.Count(program.Memory.CacheAddress), Quantity.Count(program.Memory.CacheBytes)],
                ["free", Quantity.Count(used), Quantity.Count(geometry.ChannelBytes - used)],
            ]);
    }

    private static JsonObject ToJson(Image image, MachineProgram program, IReadOnlyList<EntryFacts> entries) => new()
    {
        ["image"] = image.Path,
        ["image_bytes"] = image.Length,
        ["identity"] = image.Identity,
        ["bits_per_weight"] = image.Manifest.BitsPerWeight,
        ["manifest"] = JsonNode.Parse(image.Manifest.ToString()),
        ["precisions"] = ImageReport.PrecisionsJson(image.Manifest),
        ["banks"] = ImageReport.BanksJson(ImageFacts.Banks(image.Manifest)),
        ["bank_bytes"] = Json.Array(
            image.Manifest.Sections.Where(ImageFacts.IsBank),
            s => new JsonObject { ["name"] = s.Name, ["bytes"] = s.Bytes }),
        ["entries"] = ImageReport.EntriesJson(entries),
        ["memory"] = new JsonObject
        {
            ["channel_bytes"] = program.Geometry.ChannelBytes,
            ["weight_bytes_per_channel"] = program.Memory.WeightBytes,
            ["cache_bytes_per_channel"] = program.Memory.CacheBytes,
            ["table_bytes"] = program.Memory.TableBytes,
        },
        ["max_prefill_tokens"] = program.Memory.MaxTokens,
    };
}
