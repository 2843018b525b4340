namespace Flightc.Tests;

/// <summary>A folder that is deleted with everything in it.</summary>
internal sealed class WorkFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("flightc-test-").FullName;

    /// <summary>Names of the files in it, in order.</summary>
    public string[] Files => [.. Directory.EnumerateFileSystemEntries(Root).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    /// <summary>A path within it.</summary>
    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Copies the sample model, without the named files.</summary>
    public string CopyOfStories(params string[] without)
    {
        string folder = Directory.CreateDirectory(this["model"]).FullName;
        foreach (string file in Directory.EnumerateFiles(TestData.Stories).Where(f => !without.Contains(Path.GetFileName(f))))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            File.SetAttributes(Path.Combine(folder, Path.GetFileName(file)), FileAttributes.Normal);
        }

        return folder;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
