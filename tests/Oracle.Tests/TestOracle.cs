using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Oracle;

namespace Flightc.Tests;

/// <summary>ONNX Runtime as tests use it, loaded once.</summary>
internal static class TestOracle
{
    /// <summary>Why a test was skipped; the test command counts these.</summary>
    public const string Absent = "needs ONNX Runtime: run 'npm ci --ignore-scripts' in tests/oracle";

    private static readonly Lazy<OnnxRuntime> Loaded = new(() => OnnxRuntime.Load(Library));

    /// <summary>The library's file. Skips the calling test where it is not installed, and fails it where all data has to be there.</summary>
    public static string Library
    {
        get
        {
            try
            {
                return OnnxRuntimeLibrary.Find(null, Environment.GetEnvironmentVariable(OnnxRuntimeLibrary.Variable), AppContext.BaseDirectory);
            }
            catch (CompilationException e) when (e.Diagnostics[0].Code == Codes.OracleMissing)
            {
                Assert.False(MustBeThere, $"{Absent}: {e.Message}");
                Assert.Skip(Absent);
                throw;
            }
        }
    }

    /// <summary>The oracle. Skips the calling test where it is not installed.</summary>
    public static IOracle Instance
    {
        get
        {
            // Skips every test that asks, and not only the first.
            _ = Library;
            return Loaded.Value;
        }
    }

    /// <summary>Loads a file.</summary>
    public static IOracleSession Open(string path, OracleRewrites rewrites = OracleRewrites.All) =>
        Instance.Open(path, new OracleOptions(Rewrites: rewrites));

    /// <summary>Runs a file once.</summary>
    public static IReadOnlyDictionary<string, OnnxTensor> Run(string path, params ReadOnlySpan<(string Name, OnnxTensor Value)> inputs)
    {
        using IOracleSession session = Open(path);
        return session.Run(Named(inputs));
    }

    /// <summary>Runs the bytes of a model once.</summary>
    public static IReadOnlyDictionary<string, OnnxTensor> Run(byte[] model, params ReadOnlySpan<(string Name, OnnxTensor Value)> inputs)
    {
        using IOracleSession session = Instance.Open(model, "model", OracleOptions.Default);
        return session.Run(Named(inputs));
    }

    /// <summary>The largest difference, relative to the largest expected magnitude.</summary>
    public static double Difference(ReadOnlySpan<float> found, ReadOnlySpan<float> expected)
    {
        Assert.Equal(expected.Length, found.Length);
        double difference = 0, largest = 0;
        for (int i = 0; i < found.Length; i++)
        {
            // Written so that what is not a number is never small.
            double d = Math.Abs((double)found[i] - expected[i]);
            difference = d <= difference ? difference : d;
            largest = Math.Max(largest, Math.Abs(expected[i]));
        }

        return largest > 0 ? difference / largest : difference;
    }

    // Where the wider data is, or on a build machine, nothing may be left out.
    private static bool MustBeThere =>
        Environment.GetEnvironmentVariable("CI") == "true" || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("FLIGHTC_TEST_DATA"));

    private static Dictionary<string, OnnxTensor> Named(ReadOnlySpan<(string Name, OnnxTensor Value)> inputs)
    {
        Dictionary<string, OnnxTensor> named = new(StringComparer.Ordinal);
        foreach ((string name, OnnxTensor value) in inputs)
        {
            named.Add(name, value);
        }

        return named;
    }
}
