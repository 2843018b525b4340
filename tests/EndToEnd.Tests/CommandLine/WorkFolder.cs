namespace Flightc.Tests;

/// <summary>A temporary folder in which commands work, perhaps on a copy of the sample model.</summary>
internal sealed class WorkFolder : TemporaryFolder
{
    /// <summary>Copies the sample model, without the named files.</summary>
    public string CopyOfStories(params string[] without)
    {
        string folder = Directory.CreateDirectory(this["model"]).FullName;
        foreach (string file in Directory.EnumerateFiles(TestData.Stories).Where(f => !without.Contains(Path.GetFileName(f))))
        {
            string copy = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetAttributes(copy, FileAttributes.Normal);
        }

        return folder;
    }
}
