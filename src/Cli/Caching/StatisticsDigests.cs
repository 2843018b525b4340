using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Flightc.Caching;
using Flightc.Calibration;

namespace Flightc.Cli.Caching;

/// <summary>Hashes of what calibration found, matrix by matrix: what codes depend on, and not on where it came from. Safe from several threads.</summary>
internal sealed class StatisticsDigests(CalibrationStatistics statistics)
{
    private readonly Dictionary<string, CalibratedMatrix> _matrices = statistics.Matrices.ToDictionary(m => m.Role, StringComparer.Ordinal);

    // Matrices that read the same value share tensors.
    private readonly ConcurrentDictionary<string, Lazy<string>> _tensors = new(StringComparer.Ordinal);

    /// <summary>SHA-256, lower-case hex; empty where nothing is known of the matrix.</summary>
    /// <param name="role">Its name.</param>
    /// <exception cref="Diagnostics.CompilationException">The file of the statistics is damaged (FLC1401).</exception>
    public string Of(string role)
    {
        if (!_matrices.TryGetValue(role, out CalibratedMatrix? matrix))
        {
            return "";
        }

        IEnumerable<string> parts = matrix.Tensors().Select(t => $"{string.Join('x', t.Shape)} {HashOf(t.Name)}");
        return CacheKey.HashOf(string.Create(
            CultureInfo.InvariantCulture,
            $"{matrix.Rows} {matrix.Columns} {statistics.Tokens} {matrix.IsMultiplied} {matrix.IsLookedUp}\n{string.Join('\n', parts)}"));
    }

    /// <summary>Of all matrices, by role.</summary>
    public IReadOnlyDictionary<string, string> All()
    {
        string[] digests = new string[statistics.Matrices.Count];
        Parallel.For(0, digests.Length, i => digests[i] = Of(statistics.Matrices[i].Role));
        return statistics.Matrices.Select((m, i) => (m.Role, digests[i])).ToDictionary(StringComparer.Ordinal);
    }

    private string HashOf(string tensor) => _tensors.GetOrAdd(
        tensor, t => new Lazy<string>(() => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(statistics.Read(t).AsSpan()))))).Value;
}
