using System.Runtime.CompilerServices;

namespace Flightc.Tests;

/// <summary>Where tests find their data: the repository's own, and the wider set named by FLIGHTC_TEST_DATA.</summary>
internal static class TestData
{
    /// <summary>Why a test was skipped; the test command counts these.</summary>
    public const string Absent = "needs the wider test data: set FLIGHTC_TEST_DATA to its folder";

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The sample model that ships with the repository.</summary>
    public static string Stories => Path.Combine(Repository, "samples", "stories");

    /// <summary>A file or folder of the wider data. Skips the calling test where the data is not there.</summary>
    public static string Wider(params ReadOnlySpan<string> parts)
    {
        string? root = Environment.GetEnvironmentVariable("FLIGHTC_TEST_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(root), Absent);
        string path = Path.Combine([Path.GetFullPath(root!), .. parts]);
        Assert.True(Path.Exists(path), $"FLIGHTC_TEST_DATA is set, but {path} does not exist");
        return path;
    }

    private static string FindRepository([CallerFilePath] string thisFile = "")
    {
        // A deterministic build rewrites source paths, so the folder of the test binary is the anchor.
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "flightc.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"flightc.sln is above neither {AppContext.BaseDirectory} nor {thisFile}");
    }
}
