using System.Text.Json.Nodes;
using Flightc.Backend;
using Flightc.Backend.Packing;
using Flightc.Cli.Images;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Targets;

namespace Flightc.Cli.Estimating;

/// <summary>What a compiled model takes of a machine's memories, and how many instructions it has.</summary>
internal sealed class ProgramEstimate
{
    private readonly CompiledProgram _compiled;
    private readonly Target _target;
    private readonly ImportedModel _model;
    private readonly IReadOnlyList<EntryFacts> _entries;

    /// <summary>Takes a program's measure.</summary>
    /// <param name="model">The checkpoint, understood.</param>
    /// <param name="compiled">What was compiled of it.</param>
    /// <param name="target">The machine.</param>
    public ProgramEstimate(ImportedModel model, CompiledProgram compiled, Target target)
    {
        (_model, _compiled, _target) = (model, compiled, target);
        _entries = ImageFacts.Entries(compiled.Program);
        DiagnosticBag misfits = new();
        Compilation.CheckFit(compiled, target, misfits.Warning);
        Misfits = misfits.Items;
    }

    /// <summary>What the machine has no room for, as warnings.</summary>
    public IReadOnlyList<Diagnostic> Misfits { get; }

    private long WeightCount => Compilation.WeightCount(_compiled.Graph);

    private long WeightBytes => Compilation.WeightBytes(_compiled);

    private double BitsPerWeight => WeightBytes * 8.0 / WeightCount;

    private long ScratchBytes => _compiled.Schedule.Regions.Max(r => r.Address + r.Bytes);

    /// <summary>Lines of names and values.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts(string recipe) =>
    [
        ("model", $"{_model.Config.Architecture}, {Quantity.Count(WeightCount)} weights"),
        ("target", $"{_target.Name}: {_target.CoreChannels.Count} cores, {_target.Channels} channels"),
        ("recipe", recipe),
        ("context", $"{Quantity.Count(_compiled.Schedule.ContextLength)} tokens, at most {_compiled.Program.Memory.MaxTokens} per prefill step"),
        ("size of weights", $"{Quantity.Bytes(WeightBytes)}, {Quantity.Real(BitsPerWeight)} bits per weight"),
        ("program", Quantity.Bytes(ProgramBinary.Write(_compiled.Program).Length)),
        ("fits", Misfits.Count == 0 ? "yes" : "no"),
    ];

    /// <summary>Tables of instructions and memory.</summary>
    public void Write(Output output)
    {
        ImageReport.WriteEntries(_entries, output);
        List<IReadOnlyList<string>> rows =
        [
            .. Placement().Select(p => (IReadOnlyList<string>)
                [p.Memory, p.What, Quantity.Count(p.Address), Quantity.Count(p.Bytes), Quantity.Percent((double)p.Bytes / p.Capacity)]),
        ];
        long free = Math.Max(0, _target.Hbm.ChannelBytes - _compiled.Addresses.ChannelBytesUsed);
        rows.Insert(2, ["HBM channel", "free", "", Quantity.Count(free), Quantity.Percent((double)free / _target.Hbm.ChannelBytes)]);
        Tables.Write(output, "memory", ["where", "what", ">address", ">bytes", ">share"], rows);
    }

    /// <summary>Adds its keys to a document.</summary>
    public void AddTo(JsonObject document)
    {
        MemoryMap memory = _compiled.Program.Memory;
        document["max_prefill_tokens"] = memory.MaxTokens;
        document["weight_count"] = WeightCount;
        document["weight_bytes"] = WeightBytes;
        document["bits_per_weight"] = BitsPerWeight;
        document["entries"] = ImageReport.EntriesJson(_entries);
        document["channels"] = Json.Array(
            Linker.Sections(_compiled.Schedule, _compiled.Addresses).Where(s => s.Name != SectionNames.Tables),
            b => new JsonObject { ["name"] = b.Name, ["weight_bytes"] = b.Bytes, ["cache_bytes"] = memory.CacheBytes });
        document["memory"] = Json.Array(
            Placement(),
            p => new JsonObject { ["where"] = p.Memory, ["what"] = p.What, ["address"] = p.Address, ["bytes"] = p.Bytes });
        document["channel_bytes_used"] = _compiled.Addresses.ChannelBytesUsed;
        document["channel_bytes"] = _target.Hbm.ChannelBytes;
        document["ddr_bytes_used"] = _compiled.Addresses.DdrBytesUsed;
        document["ddr_bytes"] = _target.Ddr.Bytes;
        document["scratch_bytes_used"] = ScratchBytes;
        document["scratch_bytes"] = _target.Core.ScratchBytes;
    }

    // docs/memory.md §3 and §4. Every channel has the same map; its weight stream can be shorter than its room.
    private IEnumerable<(string Memory, string What, long Address, long Bytes, long Capacity)> Placement()
    {
        MemoryMap memory = _compiled.Program.Memory;
        TableLayout tables = _compiled.Addresses.Tables;
        long positions = tables.EmbeddingBytes + tables.RotaryBytes;
        long vectors = positions + (tables.LearnedPitch * tables.Shape.LearnedPositions);
        long channel = _target.Hbm.ChannelBytes;
        long ddr = _target.Ddr.Bytes;
        yield return ("HBM channel", "weights", 0, memory.WeightBytes, channel);
        yield return ("HBM channel", "KV cache", memory.CacheAddress, memory.CacheBytes, channel);
        yield return ("DDR", "embedding", 0, tables.EmbeddingBytes, ddr);
        if (tables.RotaryBytes > 0)
        {
            string plural = tables.Shape.RotaryWidths.Count == 1 ? "" : "s";
            yield return ("DDR", $"rotary table{plural}", tables.EmbeddingBytes, tables.RotaryBytes, ddr);
        }

        if (tables.Shape.LearnedPositions > 0)
        {
            yield return ("DDR", "learned positions", positions, vectors - positions, ddr);
        }

        bool hasBiases = _compiled.Graph.Nodes.Any(n => n.Op is Linear { HasBias: true });
        yield return ("DDR", hasBiases ? "norms and biases" : "norms", vectors, tables.MaskAddress - vectors, ddr);
        if (tables.Shape.MaskBytes > 0)
        {
            yield return ("DDR", "attention masks", tables.MaskAddress, tables.Shape.MaskBytes, ddr);
        }

        yield return ("DDR", "token ids", memory.IdsAddress, memory.LogitsAddress - memory.IdsAddress, ddr);
        yield return ("DDR", "logits", memory.LogitsAddress, _compiled.Addresses.DdrBytesUsed - memory.LogitsAddress, ddr);
        yield return ("scratch", "activations and scores", 0, ScratchBytes, _target.Core.ScratchBytes);
    }
}
