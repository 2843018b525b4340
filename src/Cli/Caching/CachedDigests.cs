using System.Text;
using Flightc.Caching;
using Flightc.Calibration;
using Flightc.IR;

namespace Flightc.Cli.Caching;

/// <summary>
/// Hashes of what calibrating with a text finds, kept, since calibration takes longest of all and nothing of it is needed where all codes are kept. The
/// statistics themselves are as large as the model: who wants them again keeps a file of <c>flightc calibrate</c>.
/// </summary>
internal static class CachedDigests
{
    /// <summary>The kind of its entries.</summary>
    public const string Kind = "statistics";

    private const int MostBytes = 1 << 24;

    /// <summary>What the hashes depend on.</summary>
    /// <param name="model">Hash of the model, as <see cref="ContentHash.OfModel"/> has it.</param>
    /// <param name="graph">The float graph.</param>
    /// <param name="windows">The text.</param>
    /// <param name="options">How it is calibrated.</param>
    public static CacheKey KeyOf(string model, Graph graph, IReadOnlyList<int[]> windows, CalibrationOptions options) => new(
        Kind,
        ("tool", ToolIdentity.Of(typeof(Graph), typeof(CalibrationRun))),
        ("model", model),
        ("graph", CacheKey.HashOf(GraphText.Print(graph, sources: false))),
        ("text", ContentHash.OfWindows(windows)),
        ("options", (options with { Threads = -1, Scratch = null }).ToString()));

    /// <summary>The hashes by role; null where they are not kept.</summary>
    public static IReadOnlyDictionary<string, string>? Find(CacheFolder cache, CacheKey key) => cache.Find(key, entry => Parse(entry.ReadWhole(MostBytes)));

    /// <summary>Keeps hashes.</summary>
    public static void Store(CacheFolder cache, CacheKey key, IReadOnlyDictionary<string, string> digests) => cache.Store(
        key, to => to.Write(Encoding.UTF8.GetBytes(string.Concat(digests.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => $"{d.Key} {d.Value}\n")))));

    private static Dictionary<string, string> Parse(byte[] payload)
    {
        Dictionary<string, string> digests = new(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(payload).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is not [string role, { Length: 64 } digest] || !digests.TryAdd(role, digest))
            {
                throw new InvalidDataException("it has no hashes of statistics");
            }
        }

        return digests;
    }
}
