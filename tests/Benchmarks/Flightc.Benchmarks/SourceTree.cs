namespace Flightc.Benchmarks;

/// <summary>Where the repository is: benchmarks run from folders of their own within it.</summary>
internal static class SourceTree
{
    /// <summary>The folder of flightc.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path in it.</summary>
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "flightc.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"flightc.sln is not above {AppContext.BaseDirectory}");
    }
}
