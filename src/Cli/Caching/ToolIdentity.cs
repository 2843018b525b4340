using System.Security.Cryptography;
using Flightc.Container;

namespace Flightc.Cli.Caching;

/// <summary>Which flightc makes a result, for keys: builds of one release need not be alike while somebody works on it.</summary>
internal static class ToolIdentity
{
    /// <summary>The version, and a hash of the very code of some projects: builds are reproducible, so that the same sources have the same hash.</summary>
    /// <param name="anyOf">A type of each project that the result depends on.</param>
    public static string Of(params ReadOnlySpan<Type> anyOf)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> id = stackalloc byte[16];
        foreach (Type type in anyOf)
        {
            type.Module.ModuleVersionId.TryWriteBytes(id);
            hash.AppendData(id);
        }

        return $"{ToolVersion.Current} {Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
