using System.Text.Json.Nodes;
using Flightc.Backend;
using Flightc.Cli.Commands;
using Flightc.Cli.Images;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Targets;

namespace Flightc.Cli.Compiling;

/// <summary>What a model takes of a machine, from its configuration alone.</summary>
internal sealed class Estimate
{
    private readonly CompiledProgram _compiled;
    private readonly Target _target;
    private readonly string _recipe;
    private readonly ImportedModel _model;
    private readonly DiagnosticBag _warnings;
    private readonly bool _fits;

    private Estimate(ImportedModel model, CompiledProgram compiled, CompileInputs inputs, DiagnosticBag warnings)
    {
        (_model, _compiled, _target, _recipe, _warnings) = (model, compiled, inputs.Target, inputs.Recipe.Name, warnings);
        int before = warnings.Items.Count;
        Compilation.CheckFit(compiled, inputs.Target, warnings.Warning);
        _fits = warnings.Items.Count == before;
    }

    /// <summary>What is worth knowing, and what does not fit.</summary>
    public IReadOnlyList<Diagnostic> Warnings => _warnings.Items;

    private long WeightCount => Compilation.WeightCount(_compiled.Graph);

    private long WeightBytes => Compilation.WeightBytes(_compiled);

    private double BitsPerWeight => WeightBytes * 8.0 / WeightCount;

    private IEnumerable<(string Name, long Bytes)> Banks =>
        Linker.Sections(_compiled.Schedule, _compiled.Addresses).Where(s => s.Name != SectionNames.Tables);

    private long ScratchBytes => _compiled.Schedule.Regions.Max(r => r.Address + r.Bytes);

    /// <summary>Estimates.</summary>
    /// <exception cref="CompilationException">The model cannot be mapped onto the target at all.</exception>
    public static Estimate Of(CompileRequest request, Invocation invocation)
    {
        DiagnosticBag warnings = new();
        using CompileInputs inputs = CompileInputs.Open(request.Model, request.Target, request.Recipe, warnings);
        ImportedModel model = ModelImporter.Import(inputs.Checkpoint, hash: false);
        int contextLength = CompileInputs.ContextLength(
            model.Config, request.MaxLength, inputs.Checkpoint.ConfigPath, warnings);
        PassObserver observer = new()
        {
            Reached = (file, text) =>
            {
                invocation.Token.ThrowIfCancellationRequested();
                invocation.Reproducer.Reached(file, text);
            },
        };
        CompiledProgram compiled = Compilation.Compile(
            model.Graph, inputs.Target, inputs.Recipe, contextLength, observer, warnings)!;
        return new Estimate(model, compiled, inputs, warnings);
    }

    /// <summary>Writes it to standard output.</summary>
    public void Write(Output output)
    {
        IReadOnlyList<EntryFacts> entries = ImageFacts.Entries(_compiled.Program);
        if (output.IsJson)
        {
            output.WriteJson(ToJson(entries));
            return;
        }

        MemoryMap memory = _compiled.Program.Memory;
        Tables.WriteFacts(
            output,
            ("model", $"{_model.Config.Architecture}, {Quantity.Count(WeightCount)} weights"),
            ("target", $"{_target.Name}: {_target.CoreChannels.Count} cores, {_target.Channels} channels"),
            ("recipe", _recipe),
            ("context", $"{Quantity.Count(_compiled.Schedule.ContextLength)} tokens, at most {memory.MaxTokens} per prefill step"),
            ("size of weights", $"{Quantity.Bytes(WeightBytes)}, {Quantity.Real(BitsPerWeight)} bits per weight"),
            ("program", Quantity.Bytes(ProgramBinary.Write(_compiled.Program).Length)),
            ("fits", _fits ? "yes" : "no"));
        ImageReport.WriteEntries(entries, output);
        Tables.Write(
            output, "memory", ["where", "what", ">bytes", ">share"],
            [
                Row("channel", "weights", memory.WeightBytes, _target.Hbm.ChannelBytes),
                Row("channel", "KV cache", memory.CacheBytes, _target.Hbm.ChannelBytes),
                Row(
                    "channel", "free",
                    Math.Max(0, _target.Hbm.ChannelBytes - _compiled.Addresses.ChannelBytesUsed),
                    _target.Hbm.ChannelBytes),
                Row("DDR", "tables", memory.TableBytes, _target.Ddr.Bytes),
                Row("DDR", "ids and logits", _compiled.Addresses.DdrBytesUsed - memory.TableBytes, _target.Ddr.Bytes),
                Row("scratch", "activations and scores", ScratchBytes, _target.Core.ScratchBytes),
            ]);
    }

    private static IReadOnlyList<string> Row(string where, string what, long bytes, long capacity) =>
        [where, what, Quantity.Count(bytes), Quantity.Percent((double)bytes / capacity)];

    private JsonObject ToJson(IReadOnlyList<EntryFacts> entries)
    {
        MemoryMap memory = _compiled.Program.Memory;
        return new JsonObject
        {
            ["architecture"] = _model.Config.Architecture,
            ["target"] = _target.Name,
            ["recipe"] = _recipe,
            ["context_length"] = _compiled.Schedule.ContextLength,
            ["max_prefill_tokens"] = memory.MaxTokens,
            ["weight_count"] = WeightCount,
            ["weight_bytes"] = WeightBytes,
            ["bits_per_weight"] = BitsPerWeight,
            ["fits"] = _fits,
            ["program_bytes"] = ProgramBinary.Write(_compiled.Program).Length,
            ["entries"] = ImageReport.EntriesJson(entries),
            ["channels"] = Json.Array(
                Banks,
                b => new JsonObject { ["name"] = b.Name, ["weight_bytes"] = b.Bytes, ["cache_bytes"] = memory.CacheBytes }),
            ["channel_bytes_used"] = _compiled.Addresses.ChannelBytesUsed,
            ["channel_bytes"] = _target.Hbm.ChannelBytes,
            ["ddr_bytes_used"] = _compiled.Addresses.DdrBytesUsed,
            ["ddr_bytes"] = _target.Ddr.Bytes,
            ["scratch_bytes_used"] = ScratchBytes,
            ["scratch_bytes"] = _target.Core.ScratchBytes,
            ["diagnostics"] = Json.Of(_warnings.Items),
        };
    }
}
