using System.Text.Encodings.Web;
using System.Text.Json;
using Flightc.Container;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>Writes a step as a trace in the Trace Event Format while it is modelled: docs/reports.md §1.</summary>
/// <remarks>
/// A process per core, a thread per unit. Slices of a thread follow one another and never overlap: what an
/// instruction waited for while it lasted stands before its work. Times are rounded to whole nanoseconds at both
/// ends of a slice, so that neighbours stay neighbours.
/// </remarks>
internal sealed class TraceWriter : ITimingObserver, IDisposable
{
    // A ring changes with every page; viewers need no more than this.
    private const int CyclesBetweenSamples = 256;
    private const int FlushBytes = 1 << 16;

    private readonly MachineProgram _program;
    private readonly double _clockHertz;
    private readonly CancellationToken _token;
    private readonly Utf8JsonWriter _json;
    private readonly double[][] _reached;
    private readonly double[][] _sampled;
    private readonly HbmMeter _hbm;

    /// <summary>Begins a trace.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="subject">The program.</param>
    /// <param name="step">The step that will be modelled.</param>
    /// <param name="token">Cancelled when the user wants it to stop.</param>
    public TraceWriter(Stream stream, Subject subject, StepCase step, CancellationToken token)
    {
        (_program, _clockHertz, _token) = (subject.Program, subject.Model.Target.ClockHertz, token);
        _reached = [.. _program.Geometry.Cores.Select(_ => new double[InstructionSet.UnitCount])];
        _sampled = [.. _program.Geometry.Cores.Select(_ => new double[] { double.NegativeInfinity, double.NegativeInfinity })];
        _hbm = new HbmMeter(_program);
        _json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _json.WriteStartObject();
        _json.WriteString("displayTimeUnit", "ns");
        _json.WriteStartObject("otherData");
        _json.WriteString("tool", $"flightc {ToolVersion.Current}");
        _json.WriteString("model", subject.Name);
        _json.WriteString("target", subject.Model.Target.Name);
        _json.WriteString("recipe", subject.Recipe);
        _json.WriteString("step", StepOption.Text(step));
        _json.WriteString("times", "simulated");
        _json.WriteNumber("clock_hz", _clockHertz);
        _json.WriteEndObject();
        _json.WriteStartArray("traceEvents");
        WriteNames(step);
    }

    /// <inheritdoc/>
    public void Executed(
        int core, Unit unit, int index, Instruction resolved, double start, double end, ReadOnlySpan<Stall> stalls)
    {
        double at = _reached[core][(int)unit];
        foreach (Stall stall in stalls)
        {
            WriteStall(core, unit, stall.Cause, at, at + stall.Cycles);
            at += stall.Cycles;
        }

        WriteSlice(core, unit, $"{resolved.Mnemonic} {resolved.Provenance}".TrimEnd(), "instruction", Math.Min(at, end), end, end - at);
        _json.WriteString("instruction", Assembly.Print(resolved));
        _json.WriteNumber("index", index);
        _json.WriteNumber("start_cycle", start);
        _json.WriteNumber("end_cycle", end);
        EndSlice();
        _reached[core][(int)unit] = end;
        _hbm.Executed(core, resolved, end);
    }

    /// <inheritdoc/>
    public void Claimed(int core, bool isWeights, double cycle, double bytes)
    {
        _hbm.Claimed(core, isWeights, cycle);
        ref double sampled = ref _sampled[core][isWeights ? 0 : 1];
        if (cycle >= sampled + CyclesBetweenSamples)
        {
            sampled = cycle;
            WriteCounter(core + 1, isWeights ? "weight ring" : "KV ring", "bytes", cycle, bytes);
        }
    }

    /// <summary>Ends the trace.</summary>
    /// <param name="timing">The step's result.</param>
    public void Finish(StepTiming timing)
    {
        for (int core = 0; core < _reached.Length; core++)
        {
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                if (timing.Units[core][unit].Instructions > 0 && timing.Cycles > _reached[core][unit])
                {
                    WriteStall(core, (Unit)unit, StallCause.NothingLeft, _reached[core][unit], timing.Cycles);
                }
            }
        }

        int windows = _hbm.Windows.Max(w => w.Count);
        for (int core = 0; core < _hbm.Windows.Count; core++)
        {
            WriteRate(core + 1, windows, timing.Cycles, w => w < _hbm.Windows[core].Count ? _hbm.Windows[core][w] : 0);
        }

        WriteRate(0, windows, timing.Cycles, w => _hbm.Windows.Sum(core => w < core.Count ? core[w] : 0));
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void WriteRate(int process, int windows, double cycles, Func<int, double> bytes)
    {
        for (int w = 0; w < windows; w++)
        {
            // The last window may reach beyond the end of the step.
            double length = Math.Clamp(cycles - ((double)w * HbmMeter.WindowCycles), 1, HbmMeter.WindowCycles);
            WriteCounter(process, "HBM", "bytes_per_second", (double)w * HbmMeter.WindowCycles, bytes(w) * _clockHertz / length);
        }

        // A step may go on for longer than a window without HBM.
        WriteCounter(process, "HBM", "bytes_per_second", Math.Min(cycles, (double)windows * HbmMeter.WindowCycles), 0);
    }

    private void WriteNames(StepCase step)
    {
        Isa.EntryPoint entry = _program.Entries.Single(e => e.Name == step.Entry);
        WriteName(0, 0, "process_name", "machine");
        for (int core = 0; core < entry.Streams.Count; core++)
        {
            WriteName(core + 1, 0, "process_name", $"core {core}");
            for (int unit = 0; unit < entry.Streams[core].Count; unit++)
            {
                if (entry.Streams[core][unit].Count > 0)
                {
                    WriteName(core + 1, unit + 1, "thread_name", InstructionSet.NameOf((Unit)unit));
                    Begin("M", core + 1, "thread_sort_index");
                    _json.WriteNumber("tid", unit + 1);
                    _json.WriteStartObject("args");
                    _json.WriteNumber("sort_index", unit);
                    EndSlice();
                }
            }
        }
    }

    private void WriteName(int process, int thread, string kind, string name)
    {
        Begin("M", process, kind);
        if (thread > 0)
        {
            _json.WriteNumber("tid", thread);
        }

        _json.WriteStartObject("args");
        _json.WriteString("name", name);
        EndSlice();
    }

    private void WriteStall(int core, Unit unit, StallCause cause, double from, double to)
    {
        WriteSlice(core, unit, $"wait: {StallNames.Words(cause)}", "stall", from, to, to - from);
        _json.WriteString("cause", StallNames.Key(cause));
        EndSlice();
    }

    private void WriteSlice(int core, Unit unit, string name, string category, double from, double to, double cycles)
    {
        Begin("X", core + 1, name);
        _json.WriteNumber("tid", (int)unit + 1);
        _json.WriteString("cat", category);
        decimal start = Microseconds(from);
        _json.WriteNumber("ts", start);
        _json.WriteNumber("dur", Microseconds(to) - start);
        _json.WriteStartObject("args");
        _json.WriteNumber("cycles", Math.Max(0, cycles));
    }

    private void WriteCounter(int process, string name, string series, double cycle, double value)
    {
        Begin("C", process, name);
        _json.WriteNumber("ts", Microseconds(cycle));
        _json.WriteStartObject("args");
        _json.WriteNumber(series, Math.Round(value));
        EndSlice();
    }

    private void Begin(string phase, int process, string name)
    {
        _json.WriteStartObject();
        _json.WriteString("ph", phase);
        _json.WriteNumber("pid", process);
        _json.WriteString("name", name);
    }

    // Ends the arguments and the event.
    private void EndSlice()
    {
        _json.WriteEndObject();
        _json.WriteEndObject();
        if (_json.BytesPending > FlushBytes)
        {
            _token.ThrowIfCancellationRequested();
            _json.Flush();
        }
    }

    private decimal Microseconds(double cycle) => Math.Round((decimal)(cycle * 1e9 / _clockHertz)) / 1000m;
}
