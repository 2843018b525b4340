namespace Flightc.Tests;

/// <summary>The sample model compiled from the command line, once for all tests of a class.</summary>
public sealed class CompiledStories : IDisposable
{
    private readonly WorkFolder _folder = new();

    public CompiledStories()
    {
        Image = _folder["stories.flight"];
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", Image, "--max-length", "128").Succeeds();
    }

    /// <summary>Path of the image: target tiny, recipe w4, 128 tokens.</summary>
    public string Image { get; }

    public void Dispose() => _folder.Dispose();
}
