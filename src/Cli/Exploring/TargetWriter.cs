using System.Globalization;
using System.Text;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Settings;
using Flightc.Targets;

namespace Flightc.Cli.Exploring;

/// <summary>Writes a machine as a target file: docs/targets.md.</summary>
internal static class TargetWriter
{
    private const string Extension = ".yaml";
    private const int CommentColumn = 34;

    /// <summary>The name that a target has in a file, which has to agree with it.</summary>
    /// <exception cref="CompilationException">The file's name is no target's (FLC9001).</exception>
    public static string NameFor(string path)
    {
        string file = Path.GetFileName(path);
        string name = Path.GetFileNameWithoutExtension(path);
        return file.EndsWith(Extension, StringComparison.Ordinal) && SettingsNames.IsName(name)
            ? name
            : throw new CompilationException(
                Codes.Usage,
                $"-o '{Excerpt.Of(path)}': a target's file is called as the target, and ends with {Extension}", "",
                "use lower-case letters, digits, '-', '_' and '.', such as mine.yaml");
    }

    /// <summary>The file's text.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="name">Name of the target.</param>
    public static string Text(Exploration found, string name)
    {
        Confirmed best = found.Best;
        Target target = best.Machine.On(found.Card, name);
        CardUse use = CardUse.Of(target, found.Card);
        Page page = new();
        page.Comment(
            $"A machine for {found.Architecture} with recipe {found.Recipe}, sequences of at most {found.ContextLength} tokens: found by 'flightc explore' on the card '{found.Card.Name}'.");
        page.Comment(
            $"Simulated for {found.Workload}: {Number(best.Merit.SecondsPerToken * 1e3, 4)} ms and {Number(best.Merit.JoulesPerToken, 4)} J for a token, the prompt's part included; "
            + $"least {(found.Objective == Objective.Time ? "time" : "energy")} of {found.Confirmed.Count} machines confirmed by the cycle model, of {found.Considered} considered.");
        page.Comment($"Sources: [card] the file of the card '{found.Card.Name}', which names its own; [explored] chosen.");
        page.Key("name", name);
        page.Key("description", $"\"{target.Description}\"");
        page.Key("card", target.Card);
        page.Key("isa", target.Isa);
        page.Key("clock_mhz", Number(target.ClockHertz / 1e6), "[card]");
        page.Key("max_prefill_tokens", Number(target.MaxPrefillTokens), "[explored] the tokens that the matrix engine takes at once");
        page.Group("hbm");
        page.Key("pseudo_channels", Number(target.Hbm.Channels), "[card]");
        page.Key("channel_mib", Number(target.Hbm.ChannelBytes >> 20), "[card]");
        page.Key("gb_per_second", Number(target.Hbm.ChannelBytesPerSecond / 1e9), "[card]");
        page.Group("ddr");
        page.Key("gib", Number(target.Ddr.Bytes >> 30), "[card]");
        page.Key("gb_per_second", Number(target.Ddr.BytesPerSecond / 1e9), "[card]");
        page.Top();
        page.Key("core_channels", $"[{string.Join(", ", target.CoreChannels)}]", "[explored]");
        Core(page, target);
        Constants(page, target.Timing, target.Energy);
        page.Group("card_resources", $"[card] of which {use.Needed.Dsp}, {use.Needed.Bram} and {use.Needed.Uram} are taken, and {use.Luts} of {found.Card.Luts} LUTs (an estimate)");
        page.Key("dsp", Number(target.Resources.Dsp));
        page.Key("bram", Number(target.Resources.Bram));
        page.Key("uram", Number(target.Resources.Uram));
        return page.ToString();
    }

    private static void Core(Page page, Target target)
    {
        page.Group("core", "[explored]");
        page.Key("scratch_kib", Number(target.Core.ScratchBytes >> 10));
        page.Key("special_lanes", Number(target.Core.SpecialLanes));
        page.Key("exchange_bytes_per_cycle", Number(target.Core.ExchangeBytesPerCycle));
        page.Group("matrix", depth: 1);
        page.Key("tokens", Number(target.Core.Matrix.Tokens));
        page.Key("columns", Number(target.Core.Matrix.Columns));
        page.Key("rows", Number(target.Core.Matrix.Rows));
        page.Key("macs_per_dsp", Number(target.Core.Matrix.MacsPerDsp), "[card]");
        page.Group("channel_buffers", "[explored]");
        page.Key("weight_ring_kib", Number(target.Buffers.WeightRingBytes >> 10));
        page.Key("cache_ring_kib", Number(target.Buffers.CacheRingBytes >> 10));
        page.Key("page_bytes", Number(target.Buffers.PageBytes));
        page.Key("width_bytes", Number(target.Buffers.WidthBytes));
    }

    private static void Constants(Page page, TimingConstants timing, EnergyConstants energy)
    {
        page.Group("timing", "[card]");
        page.Group("hbm", depth: 1);
        page.Key("latency_ns", Number(timing.Hbm.LatencySeconds * 1e9));
        page.Key("burst_bytes", Number(timing.Hbm.BurstBytes));
        page.Key("row_bytes", Number(timing.Hbm.RowBytes));
        page.Key("row_switch_ns", Number(timing.Hbm.RowSwitchSeconds * 1e9));
        page.Key("refresh_share", Number(timing.Hbm.RefreshShare));
        page.Key("turnaround_ns", Number(timing.Hbm.TurnaroundSeconds * 1e9));
        page.Group("ddr", depth: 1);
        page.Key("latency_ns", Number(timing.Ddr.LatencySeconds * 1e9));
        page.Key("burst_bytes", Number(timing.Ddr.BurstBytes));
        page.Group("pipeline", depth: 1);
        page.Key("token_cycles", Number(timing.Pipeline.TokenCycles));
        page.Key("matrix_fill_cycles", Number(timing.Pipeline.MatrixFillCycles));
        page.Key("special_fill_cycles", Number(timing.Pipeline.SpecialFillCycles));
        page.Key("exchange_hop_cycles", Number(timing.Pipeline.ExchangeHopCycles));
        page.Key("instruction_buffer_bytes", Number(timing.Pipeline.InstructionBufferBytes));
        page.Group("host", depth: 1);
        page.Key("launch_us", Number(timing.Host.LaunchSeconds * 1e6));
        page.Key("gb_per_second", Number(timing.Host.BytesPerSecond / 1e9));
        page.Key("sampling_us", Number(timing.Host.SamplingSeconds * 1e6));
        page.Group("fitted", "*fitted*, each alone, to what the published board measured", 1);
        page.Key("barrier_us", Number(timing.Fitted.BarrierSeconds * 1e6));
        page.Key("load_us", Number(timing.Fitted.LoadSeconds * 1e6));
        page.Group("energy", "[card]");
        page.Key("hbm_pj_per_byte", Number(energy.HbmJoulesPerByte * 1e12));
        page.Key("ddr_pj_per_byte", Number(energy.DdrJoulesPerByte * 1e12));
        page.Key("mac_pj", Number(energy.MacJoules * 1e12));
        page.Key("scratch_pj_per_byte", Number(energy.ScratchJoulesPerByte * 1e12));
        page.Key("static_watts", Number(energy.StaticWatts));
    }

    // A decimal has 15 digits of a number and no exponent: what was read from a file comes out as it stood there.
    private static string Number(double value) => ((decimal)value).ToString("0.###############", CultureInfo.InvariantCulture);

    private static string Number(double value, int digits) => Quantity.Real(value, digits);

    private sealed class Page
    {
        private readonly StringBuilder _text = new();
        private int _depth;

        public void Comment(string line) => _text.Append("# ").Append(line).Append('\n');

        public void Top()
        {
            _text.Append('\n');
            _depth = 0;
        }

        public void Group(string name, string comment = "", int depth = 0)
        {
            if (depth == 0)
            {
                Top();
            }

            _depth = depth;
            Line($"{name}:", comment);
            _depth = depth + 1;
        }

        public void Key(string name, string value, string comment = "") => Line($"{name}: {value}", comment);

        public override string ToString() => _text.ToString();

        private void Line(string line, string comment)
        {
            string indented = new string(' ', 2 * _depth) + line;
            _text.Append(comment.Length == 0 ? indented : $"{indented.PadRight(CommentColumn - 2)} # {comment}").Append('\n');
        }
    }
}
