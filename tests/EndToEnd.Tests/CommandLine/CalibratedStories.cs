namespace Flightc.Tests;

/// <summary>Statistics of the sample model from the command line, once for all tests of a class.</summary>
public sealed class CalibratedStories : IDisposable
{
    private readonly WorkFolder _folder = new();

    public CalibratedStories()
    {
        Statistics = _folder["stories.stats"];
        CommandRun.Of(
            "calibrate", TestData.Stories, "--text", Path.Combine(TestData.Stories, "texts.jsonl"), "-o", Statistics, "--samples", "10", "--length", "64").Succeeds();
    }

    /// <summary>Path of the statistics: ten windows of 64 tokens, more than there are features of a hidden value.</summary>
    public string Statistics { get; }

    public void Dispose() => _folder.Dispose();
}
