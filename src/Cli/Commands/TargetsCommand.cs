using System.CommandLine;
using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.FlightLlm;
using Flightc.Targets;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc targets</c></summary>
internal sealed class TargetsCommand : CommandDefinition
{
    private readonly Argument<string?> _name = new("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "A target, by name or by the path of its .yaml file: shows it in detail" };

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
        [("flightc targets", "all of them"), ("flightc targets u280", "one in detail"), ("flightc targets ./mine.yaml", "check a file of your own")];

    /// <inheritdoc/>
    public override void Declare(Command command) => command.Add(_name);

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        Output output = invocation.Output;
        TargetCatalog catalog = new();
        if (arguments.GetValue(_name) is { } name)
        {
            if (catalog.FindForValidation(name) is { } published)
            {
                PublishedTargetView.Show(PublishedTargetFile.Read(published), output);
            }
            else
            {
                Show(catalog.Find(name), output);
            }

            return ExitCode.Success;
        }

        IReadOnlyList<Target> all = catalog.All();
        IReadOnlyList<Card> cards = new CardCatalog().All();
        PublishedTarget[] validation = [.. catalog.AllForValidation().Select(PublishedTargetFile.Read)];
        if (output.IsJson)
        {
            output.WriteJson(new JsonObject
            {
                ["targets"] = Json.Array(all, ToJson),
                ["validation_targets"] = Json.Array(validation, PublishedTargetView.ToJson),
                ["cards"] = Json.Array(cards, CardView.ToJson),
            });
            return ExitCode.Success;
        }

        Tables.Write(
            output, "", ["name", ">cores", ">channels", ">MHz", ">HBM", ">HBM GB/s", ">MAC/cycle", "description"],
            all.Select(t => (IReadOnlyList<string>)
            [
                t.Name, Quantity.Count(t.CoreChannels.Count), Quantity.Count(t.Channels),
                Quantity.Real(t.ClockHertz / 1e6, 0),
                Quantity.Bytes(t.Channels * t.Hbm.ChannelBytes),
                Quantity.Real(t.PeakHbmBytesPerSecond / 1e9, 1), Quantity.Count(t.PeakMacsPerCycle),
                t.Description,
            ]));
        Tables.Write(
            output, "for validation only: published machines, which can be estimated",
            ["name", ">cores", ">channels", ">MHz", ">HBM GB/s", ">MAC/cycle", "description"], validation.Select(PublishedTargetView.Row));
        CardView.Write(cards, output);
        return ExitCode.Success;
    }

    private static void Show(Target target, Output output)
    {
        if (output.IsJson)
        {
            output.WriteJson(ToJson(target));
            return;
        }

        CardResources needed = ResourceModel.Needed(target);
        MatrixEngine matrix = target.Core.Matrix;
        Tables.WriteFacts(
            output,
            ("target", $"{target.Name}: {target.Description}"),
            ("card", target.Card),
            ("instruction set", target.Isa),
            ("clock", $"{Quantity.Real(target.ClockHertz / 1e6, 0)} MHz"),
            ("cores", $"{target.CoreChannels.Count}, with {string.Join(", ", target.CoreChannels)} channels"),
            ("HBM", $"{target.Channels} channels of {Quantity.Bytes(target.Hbm.ChannelBytes)}, {Quantity.Real(target.Hbm.ChannelBytesPerSecond / 1e9, 1)} GB/s each: {Quantity.Real(target.PeakHbmBytesPerSecond / 1e9, 1)} GB/s"),
            ("DDR", $"{Quantity.Bytes(target.Ddr.Bytes)}, {Quantity.Real(target.Ddr.BytesPerSecond / 1e9, 1)} GB/s"),
            ("matrix engine", $"{matrix.Tokens} tokens x {matrix.Columns} columns x {matrix.Rows} rows per core: {Quantity.Count(target.PeakMacsPerCycle)} MAC per cycle in all"),
            ("special functions", $"{target.Core.SpecialLanes} lanes per core"),
            ("exchange", $"{target.Core.ExchangeBytesPerCycle} bytes per cycle"),
            ("scratch", $"{Quantity.Bytes(target.Core.ScratchBytes)} per core"),
            ("rings", $"{Quantity.Bytes(target.Buffers.WeightRingBytes)} for weights, {Quantity.Bytes(target.Buffers.CacheRingBytes)} for the KV cache per channel, pages of {target.Buffers.PageBytes} bytes"),
            ("prefill", $"at most {target.MaxPrefillTokens} tokens per step"),
            ("blocks of the card", $"{Use(needed.Dsp, target.Resources.Dsp)} DSP, {Use(needed.Bram, target.Resources.Bram)} BRAM, {Use(needed.Uram, target.Resources.Uram)} URAM"));
    }

    private static string Use(int needed, int available) =>
        $"{Quantity.Count(needed)} of {Quantity.Count(available)}";

    private static JsonObject ToJson(Target target)
    {
        CardResources needed = ResourceModel.Needed(target);
        return new JsonObject
        {
            ["name"] = target.Name,
            ["description"] = target.Description,
            ["card"] = target.Card,
            ["isa"] = target.Isa,
            ["clock_hz"] = target.ClockHertz,
            ["core_channels"] = Json.Array(target.CoreChannels, c => c),
            ["channels"] = target.Channels,
            ["hbm"] = new JsonObject { ["channel_bytes"] = target.Hbm.ChannelBytes, ["bytes_per_cycle"] = target.HbmBytesPerCycle, ["bytes_per_second"] = target.PeakHbmBytesPerSecond },
            ["ddr"] = new JsonObject { ["bytes"] = target.Ddr.Bytes, ["bytes_per_second"] = target.Ddr.BytesPerSecond },
            ["matrix_engine"] = new JsonObject { ["tokens"] = target.Core.Matrix.Tokens, ["columns"] = target.Core.Matrix.Columns, ["rows"] = target.Core.Matrix.Rows, ["macs_per_dsp"] = target.Core.Matrix.MacsPerDsp },
            ["macs_per_cycle"] = target.PeakMacsPerCycle,
            ["special_lanes"] = target.Core.SpecialLanes,
            ["exchange_bytes_per_cycle"] = target.Core.ExchangeBytesPerCycle,
            ["scratch_bytes"] = target.Core.ScratchBytes,
            ["weight_ring_bytes"] = target.Buffers.WeightRingBytes,
            ["cache_ring_bytes"] = target.Buffers.CacheRingBytes,
            ["page_bytes"] = target.Buffers.PageBytes,
            ["max_prefill_tokens"] = target.MaxPrefillTokens,
            ["resources"] = new JsonObject { ["dsp"] = target.Resources.Dsp, ["bram"] = target.Resources.Bram, ["uram"] = target.Resources.Uram },
            ["resources_needed"] = new JsonObject { ["dsp"] = needed.Dsp, ["bram"] = needed.Bram, ["uram"] = needed.Uram },
        };
    }
}
