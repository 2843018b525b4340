using System.Security.Cryptography;
using Flightc.Diagnostics;

namespace Flightc.Onnx.Checks;

/// <summary>Compares files of external data with the checksums that a model states of them.</summary>
/// <remarks>Reads every byte of them, so nothing that only looks at a model does it.</remarks>
public static class ChecksumCheck
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Reports every file that is another one (FLC1503), or cannot be read (FLC1001).</summary>
    public static void Check(OnnxModel model, DiagnosticBag bag)
    {
        foreach ((string path, string stated) in model.Checksums.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            try
            {
                string found = Hash(path);
                if (!string.Equals(found, stated, StringComparison.OrdinalIgnoreCase))
                {
                    bag.Error(
                        Codes.OnnxExternalData, $"the file has the SHA-1 {found}; the model states {Excerpt.Of(stated)}", path, "the file is damaged or of another model: fetch it again");
                }
            }
            catch (CompilationException e)
            {
                bag.Add(e.Diagnostics[0]);
            }
        }
    }

    private static string Hash(string path)
    {
        // What the format has; it finds damage, and is not meant to find an attacker.
#pragma warning disable CA5350
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        using FileStream file = InputFile.Open(path);
        byte[] buffer = new byte[BufferBytes];
        for (int count = InputFile.Fill(path, file, buffer); count > 0; count = InputFile.Fill(path, file, buffer))
        {
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
