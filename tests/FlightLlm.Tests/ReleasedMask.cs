using Flightc.FlightLlm;

namespace Flightc.Tests;

/// <summary>The released attention masks: one NumPy file of [heads, 32, 32] booleans for each decoder layer.</summary>
internal static class ReleasedMask
{
    private const int Blocks = 32;

    /// <summary>Reads all layers. Skips the calling test where the wider data is not there.</summary>
    public static AttentionMask Read(int layers)
    {
        string folder = TestData.Wider("reference", "flightllm-vhk158", "attention_mask");
        byte[][] masks = [.. Enumerable.Range(0, layers).Select(i => Values(Path.Combine(folder, $"attention_mask_{i}.mask.npy")))];
        return new AttentionMask((layer, head, query, key) => masks[layer][(((head * Blocks) + query) * Blocks) + key] != 0);
    }

    private static byte[] Values(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = 10 + BitConverter.ToUInt16(file, 8);
        string text = System.Text.Encoding.ASCII.GetString(file, 10, header - 10);
        Assert.Contains("'|b1'", text, StringComparison.Ordinal);
        Assert.Contains("'fortran_order': False", text, StringComparison.Ordinal);
        Assert.Contains("(32, 32, 32)", text, StringComparison.Ordinal);
        return file[header..];
    }
}
