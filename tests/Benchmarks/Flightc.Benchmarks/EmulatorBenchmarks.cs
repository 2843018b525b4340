using BenchmarkDotNet.Attributes;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Benchmarks;

/// <summary>Steps of the emulator over two layers, whose time is that of matrix-vector products (one token) and matrix-matrix products (64 tokens), by vector path.</summary>
public class EmulatorBenchmarks
{
    private readonly Session?[] _sessions = new Session?[3];
    private readonly List<IDisposable> _opened = [];
    private int[] _ids = [];

    /// <summary>Bits of a weight; groups are of 64.</summary>
    [Params(3, 4, 8)]
    public int Bits { get; set; }

    /// <summary>Tokens of a step.</summary>
    [Params(1, 64)]
    public int Tokens { get; set; }

    /// <summary>Compiles the image and makes an emulator for each path that the processor has.</summary>
    [GlobalSetup]
    public void Open()
    {
        LayerImage file = new(Bits, 64);
        _opened.Add(file);
        LoadedImage image = LoadedImage.Open(file.Path);
        _opened.Insert(0, image);
        foreach (VectorPath path in Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported))
        {
            IDevice device = image.CreateDevice(DeviceNames.Emulator, Environment.ProcessorCount, path);
            _opened.Insert(0, device);
            _sessions[(int)path] = new Session(image.Program, device);
        }

        _ids = [.. Enumerable.Range(0, Tokens).Select(i => (i * 37) % 1024)];
    }

    /// <summary>Deletes it.</summary>
    [GlobalCleanup]
    public void Close() => _opened.ForEach(opened => opened.Dispose());

    /// <summary>Without instructions of a certain processor.</summary>
    [Benchmark(Baseline = true)]
    public float Portable() => Run(VectorPath.Portable);

    /// <summary>With AVX2.</summary>
    [Benchmark]
    public float Avx2() => Run(VectorPath.Avx2);

    /// <summary>With AVX-512.</summary>
    [Benchmark]
    public float Avx512() => Run(VectorPath.Avx512);

    private float Run(VectorPath path)
    {
        Session session = _sessions[(int)path] ?? throw new NotSupportedException($"this processor has no {path}");
        session.Reset();
        return Tokens == 1 ? session.Decode(_ids[0])[0] : session.Prefill(_ids)[0];
    }
}
