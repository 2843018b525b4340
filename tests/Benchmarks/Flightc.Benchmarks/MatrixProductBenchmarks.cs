using BenchmarkDotNet.Attributes;
using Flightc.Numerics;
using Flightc.Tests;

namespace Flightc.Benchmarks;

/// <summary>Products of binary32 matrices, which calibration consists of, on one thread; the baseline is the plain loop in the order of memory.</summary>
public class MatrixProductBenchmarks
{
    private float[] _a = [];
    private float[] _b = [];
    private float[] _c = [];

    /// <summary>Rows and columns of all three matrices.</summary>
    [Params(256, 1024)]
    public int Size { get; set; }

    /// <summary>Makes them.</summary>
    [GlobalSetup]
    public void Fill()
    {
        RandomNumbers random = new(1);
        (_a, _b, _c) = (random.Floats(Size * Size), random.Floats(Size * Size), new float[Size * Size]);
    }

    /// <summary>Three loops.</summary>
    [Benchmark(Baseline = true)]
    public float[] Loops()
    {
        for (int i = 0; i < Size; i++)
        {
            for (int k = 0; k < Size; k++)
            {
                float factor = _a[(i * Size) + k];
                for (int j = 0; j < Size; j++)
                {
                    _c[(i * Size) + j] += factor * _b[(k * Size) + j];
                }
            }
        }

        return _c;
    }

    /// <summary>Ours.</summary>
    [Benchmark]
    public float[] Blocked()
    {
        MatrixProduct.Add(_a, _b, _c, Size, Size, Size, threads: 1);
        return _c;
    }
}
