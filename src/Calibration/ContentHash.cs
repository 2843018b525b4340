using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>Tells models and texts apart by hashes.</summary>
public static class ContentHash
{
    /// <summary>SHA-256, lower-case hex, over a line <c>role hash</c> for every weight in ordinal order of the roles.</summary>
    /// <param name="graph">Has the hashes, or <paramref name="weights"/> are asked for them.</param>
    /// <param name="weights">The data.</param>
    public static string OfModel(Graph graph, IWeights weights)
    {
        string[] lines = new string[graph.Weights.Count];
        Parallel.For(0, lines.Length, i =>
        {
            Weight weight = graph.Weights[i];
            lines[i] = $"{weight.Name} {(weight.Hash.Length > 0 ? weight.Hash : weights.HashOf(weight.Name))}\n";
        });
        Array.Sort(lines, string.CompareOrdinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    /// <summary>SHA-256, lower-case hex, over the windows: of each its length and its ids, as little-endian words of 32 bits.</summary>
    public static string OfWindows(IReadOnlyList<int[]> windows)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[sizeof(int)];
        foreach (int[] window in windows)
        {
            BinaryPrimitives.WriteInt32LittleEndian(word, window.Length);
            hash.AppendData(word);
            foreach (int id in window)
            {
                BinaryPrimitives.WriteInt32LittleEndian(word, id);
                hash.AppendData(word);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
