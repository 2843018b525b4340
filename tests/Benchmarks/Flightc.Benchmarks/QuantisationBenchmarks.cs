using BenchmarkDotNet.Attributes;
using Flightc.Backend.Packing;
using Flightc.Compression;
using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Tests;

namespace Flightc.Benchmarks;

/// <summary>A matrix of 1024 × 1024 on its way into an image: rounded, or found by GPTQ, and packed. The baseline is rounding by the largest weight of each group, without any search.</summary>
public class QuantisationBenchmarks
{
    private const int Size = 1024;
    private float[] _weights = [];
    private WeightStatistics? _statistics;
    private QuantizedFormat _format;
    private QuantizedMatrix? _matrix;

    /// <summary>Bits of a code; groups are of 64.</summary>
    [Params(3, 4, 8)]
    public int Bits { get; set; }

    /// <summary>Makes weights and the moments of inputs that go together.</summary>
    [GlobalSetup]
    public void Fill()
    {
        RandomNumbers random = new(2);
        _format = new QuantizedFormat(Bits, 64);
        _weights = random.Floats(Size * Size, 0.05f);
        float[] inputs = random.Floats(2 * Size * Size);
        float[] moment = new float[Size * Size];
        Numerics.MatrixProduct.AddTransposed(inputs, inputs, moment, Size, 2 * Size, Size);
        _statistics = new WeightStatistics
        {
            Role = "w", Rows = Size, Columns = Size, Tokens = 2 * Size, InputMoment = [.. moment.Select(value => value / (2 * Size))],
            InputLargest = [.. Enumerable.Repeat(1f, Size)], OutputMoment = [.. Enumerable.Repeat(1f, Size)],
        };
        _matrix = Rounded();
    }

    /// <summary>One division and one rounding for each weight.</summary>
    [Benchmark(Baseline = true)]
    public sbyte[] LargestOfGroup()
    {
        sbyte[] codes = new sbyte[_weights.Length];
        float most = (1 << (Bits - 1)) - 1;
        for (int first = 0; first < codes.Length; first += 64)
        {
            ReadOnlySpan<float> group = _weights.AsSpan(first, 64);
            float largest = 0;
            foreach (float weight in group)
            {
                largest = MathF.Max(largest, MathF.Abs(weight));
            }

            float scale = most / largest;
            for (int i = 0; i < 64; i++)
            {
                codes[first + i] = (sbyte)MathF.Round(group[i] * scale);
            }
        }

        return codes;
    }

    /// <summary>Rounding to the nearest, with searched scales.</summary>
    [Benchmark]
    public QuantizedMatrix Rounded() => RoundToNearest.Quantize(
        "w", Size, Size, _format, (row, destination) => _weights.AsSpan(row * Size, Size).CopyTo(destination), threads: 1);

    /// <summary>GPTQ.</summary>
    [Benchmark]
    public QuantizedMatrix Gptq() =>
        new SecondOrderQuantizer(_weights, _statistics!, false, new CompressionOptions { CouplesRows = false }, threads: 1).Quantize(_format);

    /// <summary>Packing into the streams of eight channels, with the check of every tile.</summary>
    [Benchmark]
    public long Packed()
    {
        long bytes = 0;
        WeightProduct product = new("p", [.. RowBlock.Of("w", 0, Size, _format)], Size);
        new StreamPacker([product], 8, 4096, (_, _, written) => Interlocked.Add(ref bytes, written.Length)) { MaxThreads = 1 }.Pack(_ => _matrix!);
        return bytes;
    }
}
