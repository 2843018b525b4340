using System.Diagnostics;
using Flightc.Diagnostics;
using Flightc.Numerics;
using Flightc.Runtime.Emulation;

namespace Flightc.Runtime.Benchmarking;

/// <summary>Measures how fast the emulator runs an image, next to what the memory and the kernel alone allow.</summary>
/// <remarks>
/// Token ids are random, by a fixed seed. Everything is run before it is measured until its code is compiled for good. The
/// ceiling of the memory and the kernel alone are measured before and after every decode run, since memory of shared machines
/// changes its speed within seconds.
/// </remarks>
public sealed class SpeedBenchmark : IDisposable
{
    private const ulong Seed = 0;

    // Tiered compilation waits 100 ms for quiet before it compiles what is often called; two rounds of that.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private const int WarmUpRuns = 2;
    private const int ClockedSteps = 8;
    private const int KernelPasses = 3;

    private readonly LoadedImage _image;
    private readonly SpeedOptions _options;
    private readonly Emulator _emulator;
    private readonly Session _session;
    private readonly MemoryCeiling _ceiling;
    private readonly int[] _ids;
    private readonly CancellationToken _token;

    /// <summary>Makes an emulator.</summary>
    /// <param name="image">With symbols, so that operators have names; stays the caller's.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="token">Ends the measurement.</param>
    /// <exception cref="CompilationException">The context is too short (FLC5001), or the image cannot be run.</exception>
    public SpeedBenchmark(LoadedImage image, SpeedOptions options, CancellationToken token = default)
    {
        options.Require(image.Program.Memory.ContextLength);
        (_image, _options, _token) = (image, options, token);
        _emulator = (Emulator)image.CreateDevice(DeviceNames.Emulator, options.Threads, options.Path);
        _ceiling = new MemoryCeiling(image.Banks, options.Threads);
        _session = new Session(image.Program, _emulator) { Stepped = _ => _token.ThrowIfCancellationRequested() };
        SplitMix64 random = new(Seed);
        _ids = new int[Math.Max(Math.Max(options.Prompt, options.Past), options.Tokens)];
        for (int i = 0; i < _ids.Length; i++)
        {
            _ids[i] = random.Below(_session.VocabularySize);
        }
    }

    /// <summary>Measures.</summary>
    /// <param name="progress">Told the share that is done.</param>
    /// <exception cref="CompilationException">The image is damaged, or a logit is not finite.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public SpeedResult Run(Action<double> progress)
    {
        int rounds = (2 * _options.Runs) + 4;
        int done = 0;
        Repeat(Prefill);
        progress((double)++done / rounds);
        List<double> prefill = [];
        for (int run = 0; run < _options.Runs; run++)
        {
            prefill.Add(_options.Prompt / Timed(Prefill));
            progress((double)++done / rounds);
        }

        StepTimes prefillTimes = ClockPrefill();
        progress((double)++done / rounds);
        FillPast();
        Repeat(Decode);
        progress((double)++done / rounds);
        List<double> decode = [];
        List<double> ceilings = [_ceiling.Measure()];
        List<double> kernels = [MeasureKernel()];
        for (int run = 0; run < _options.Runs; run++)
        {
            decode.Add(_options.Tokens / Timed(Decode));
            ceilings.Add(_ceiling.Measure());
            kernels.Add(MeasureKernel());
            progress((double)++done / rounds);
        }

        (StepTimes decodeTimes, TokenBytes bytes) = ClockDecode();
        return new SpeedResult(
            new(prefill), new(decode), bytes, new(ceilings), _ceiling.Bytes, new(kernels), prefillTimes, decodeTimes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ceiling.Dispose();
        _emulator.Dispose();
    }

    private static double Timed(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Repeat(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < WarmUpRuns || Stopwatch.GetElapsedTime(start) < WarmUp; run++)
        {
            work();
        }
    }

    private void Prefill()
    {
        _session.Reset();
        _session.Prefill(_ids.AsSpan(0, _options.Prompt));
    }

    private void FillPast()
    {
        _session.Reset();
        if (_options.Past > 0)
        {
            _session.Prefill(_ids.AsSpan(0, _options.Past));
        }
    }

    private void Decode()
    {
        _session.Rewind(_options.Past);
        for (int i = 0; i < _options.Tokens; i++)
        {
            _session.Decode(_ids[i]);
        }
    }

    private double MeasureKernel()
    {
        // As of the ceiling, the fastest counts.
        double best = 0;
        for (int pass = 0; pass < KernelPasses; pass++)
        {
            (long bytes, double seconds) = _emulator.MultiplyAllWeights();
            best = Math.Max(best, bytes / seconds);
        }

        return best;
    }

    private StepTimes ClockPrefill()
    {
        // A single token that is left at the end of a prompt is a decode step, unless there are attention masks.
        int least = _options.Prompt == 1 || _image.Program.MasksPrompts ? 1 : 2;
        StepClock clock = new(_options.Prompt == 1 && !_image.Program.MasksPrompts ? _image.Program.Decode : _image.Program.Prefill);
        int steps = 0;
        double seconds = 0;
        long start = Stopwatch.GetTimestamp();
        _session.Stepped = step =>
        {
            (steps, seconds) = step.Tokens >= least
                ? (steps + 1, seconds + Stopwatch.GetElapsedTime(start).TotalSeconds)
                : (steps, seconds);
            start = Stopwatch.GetTimestamp();
        };
        _emulator.Clock = clock;
        Prefill();
        _emulator.Clock = null;
        _session.Stepped = _ => _token.ThrowIfCancellationRequested();
        return StepTimes.Of(clock, seconds, steps);
    }

    // The same tokens as in the middle of a run, so that the past is as long as it is on average.
    private (StepTimes Times, TokenBytes Bytes) ClockDecode()
    {
        int steps = Math.Min(ClockedSteps, _options.Tokens);
        FillPast();
        for (int i = 0; i < (_options.Tokens - steps) / 2; i++)
        {
            _session.Decode(_ids[i]);
        }

        StepClock clock = new(_image.Program.Decode);
        List<TokenBytes> bytes = [];
        _emulator.Clock = clock;
        double seconds = 0;
        for (int i = 0; i < steps; i++)
        {
            int id = _ids[i];
            seconds += Timed(() => _session.Decode(id));
            bytes.Add(TokenBytes.Of(_emulator.Traffic));
        }

        _emulator.Clock = null;
        return (StepTimes.Of(clock, seconds, steps), TokenBytes.Mean(bytes));
    }
}
