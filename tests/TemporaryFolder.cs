namespace Flightc.Tests;

/// <summary>A folder of a test's own, deleted with everything in it.</summary>
internal class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("flightc-test-").FullName;

    /// <summary>Names of what is in it, in order.</summary>
    public string[] Files =>
        [.. Directory.EnumerateFileSystemEntries(Root).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    /// <summary>A path within it.</summary>
    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Writes a file and names its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Writes a file and names its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
