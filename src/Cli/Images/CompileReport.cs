using System.Text.Json.Nodes;
using Flightc.Cli.Caching;
using Flightc.Cli.Compiling;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Isa;

namespace Flightc.Cli.Images;

/// <summary>One screen after compiling.</summary>
internal static class CompileReport
{
    /// <summary>Writes the report to standard output, and the time taken to standard error.</summary>
    public static void Write(CompileRequest request, CompileResult result, Output output)
    {
        foreach (PassTime pass in result.Passes)
        {
            output.Detail(pass.ToString());
        }

        CacheReport.Detail(result.Cache, output);
        if (result.Manifest is null)
        {
            WriteStopped(request, result, output);
            return;
        }

        long bytes = new FileInfo(request.Output).Length;
        IReadOnlyList<EntryFacts> entries = ImageFacts.Entries(result.Compiled!.Program);
        if (output.IsJson)
        {
            output.WriteJson(ToJson(request.Output, bytes, result, entries));
        }
        else if (!output.IsQuiet)
        {
            WriteText(request.Output, bytes, result, entries, output);
        }

        output.Say($"compiled in {Quantity.Time(result.Elapsed)}");
    }

    private static void WriteStopped(CompileRequest request, CompileResult result, Output output)
    {
        if (output.IsJson)
        {
            output.WriteJson(
                new JsonObject { ["image"] = null, ["until"] = request.Until, ["diagnostics"] = Json.Of(result.Warnings) });
        }

        output.Say($"stopped after {request.Until} as asked; no image was written, {Quantity.Time(result.Elapsed)}");
    }

    private static void WriteText(
        string path, long bytes, CompileResult result, IReadOnlyList<EntryFacts> entries, Output output)
    {
        ImageManifest manifest = result.Manifest!;
        MachineProgram program = result.Compiled!.Program;
        long lengths = LengthSections.CountIn(manifest);
        (string, string)[] plan = lengths == 0
            ? []
            : [("length programs", $"{Quantity.Count(lengths)}, {Quantity.Bytes(LengthSections.BytesIn(manifest))}")];
        Tables.WriteFacts(
            output,
            [
                ("image", $"{path}, {Quantity.Bytes(bytes)}"),
                ("model", $"{manifest.Model.Name} ({manifest.Model.Architecture}), {Quantity.Count(manifest.WeightCount)} weights"),
                ("target", manifest.Geometry.Target),
                ("recipe", manifest.Recipe.Name),
                ("context", $"{Quantity.Count(manifest.ContextLength)} tokens, at most {program.Memory.MaxTokens} per prefill step"),
                ("size of weights", $"{Quantity.Bytes(manifest.WeightBytes)}, {Quantity.Real(manifest.BitsPerWeight)} bits per weight"),
                ("weight banks", ImageReport.Words(ImageFacts.Banks(manifest))),
                ("KV cache", $"{Quantity.Bytes(program.Memory.CacheBytes)} per channel"),
                ("program", Quantity.Bytes(manifest.Sections.First(s => s.Name == SectionNames.Program).Bytes)),
                .. plan,
                .. MaskReport.Facts(result),
                .. CacheReport.Facts(result.Cache),
            ]);
        ImageReport.WritePrecisions(manifest, output);
        ImageReport.WriteEntries(entries, output);
    }

    private static JsonObject ToJson(string path, long bytes, CompileResult result, IReadOnlyList<EntryFacts> entries)
    {
        ImageManifest manifest = result.Manifest!;
        return new JsonObject
        {
            ["image"] = path,
            ["image_bytes"] = bytes,
            ["model"] = manifest.Model.Name,
            ["architecture"] = manifest.Model.Architecture,
            ["target"] = manifest.Geometry.Target,
            ["recipe"] = manifest.Recipe.Name,
            ["context_length"] = manifest.ContextLength,
            ["weight_count"] = manifest.WeightCount,
            ["weight_bytes"] = manifest.WeightBytes,
            ["bits_per_weight"] = manifest.BitsPerWeight,
            ["precisions"] = ImageReport.PrecisionsJson(manifest),
            ["banks"] = ImageReport.BanksJson(ImageFacts.Banks(manifest)),
            ["cache_bytes_per_channel"] = result.Compiled!.Program.Memory.CacheBytes,
            ["program_bytes"] = manifest.Sections.First(s => s.Name == SectionNames.Program).Bytes,
            ["length_programs"] = LengthSections.CountIn(manifest),
            ["length_program_bytes"] = LengthSections.BytesIn(manifest),
            ["attention_masks"] = MaskReport.ToJson(result),
            ["cache"] = CacheReport.ToJson(result.Cache),
            ["entries"] = ImageReport.EntriesJson(entries),
            ["seconds"] = result.Elapsed.TotalSeconds,
            ["passes"] = new JsonArray([.. result.Passes.Select(pass => pass.ToJson())]),
            ["diagnostics"] = Json.Of(result.Warnings),
        };
    }
}
