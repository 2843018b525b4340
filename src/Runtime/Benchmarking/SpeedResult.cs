namespace Flightc.Runtime.Benchmarking;

/// <summary>How fast the emulator ran an image.</summary>
/// <param name="PrefillRates">Tokens of the prompt per second, by run.</param>
/// <param name="DecodeRates">Decode steps per second, by run.</param>
/// <param name="Bytes">What a decode step moved.</param>
/// <param name="Ceilings">Bytes per second at which all threads read the weight streams, right before the first decode run and
/// right after each.</param>
/// <param name="CeilingBytes">Bytes of these streams.</param>
/// <param name="Kernels">Bytes of weights per second that the packed matrix-vector kernel alone reaches, right after each
/// ceiling.</param>
/// <param name="PrefillTimes">Where the time of a prefill step went.</param>
/// <param name="DecodeTimes">Where the time of a decode step went.</param>
public sealed record SpeedResult(
    Samples PrefillRates, Samples DecodeRates, TokenBytes Bytes, Samples Ceilings, long CeilingBytes, Samples Kernels,
    StepTimes PrefillTimes, StepTimes DecodeTimes)
{
    /// <summary>Bytes that decoding moves in a second, by run.</summary>
    public Samples Throughput => new([.. DecodeRates.Values.Select(rate => rate * Bytes.Total)]);

    /// <summary>The same as a share of the mean of the ceilings before and after the run.</summary>
    public Samples CeilingShare => Share(Throughput, Ceilings);

    /// <summary>Weights of decoding per second, as a share of the mean of what the kernel alone reached before and after the
    /// run.</summary>
    public Samples KernelShare => Share(new([.. DecodeRates.Values.Select(rate => rate * Bytes.Weights)]), Kernels);

    private static Samples Share(Samples runs, Samples around) =>
        new([.. runs.Values.Select((value, i) => value / ((around.Values[i] + around.Values[i + 1]) / 2))]);
}
