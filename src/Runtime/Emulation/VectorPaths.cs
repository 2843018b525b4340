using System.Runtime.Intrinsics.X86;
using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Runtime.Emulation;

/// <summary>Which vector paths this processor has, and what they are called on command lines.</summary>
public static class VectorPaths
{
    private static readonly (string Name, VectorPath Path)[] Named =
        [("avx512", VectorPath.Avx512), ("avx2", VectorPath.Avx2), ("portable", VectorPath.Portable)];

    /// <summary>The fastest that this processor has.</summary>
    public static VectorPath Best =>
        IsSupported(VectorPath.Avx512) ? VectorPath.Avx512
        : IsSupported(VectorPath.Avx2) ? VectorPath.Avx2
        : VectorPath.Portable;

    /// <summary>Every name, the widest path first.</summary>
    public static IReadOnlyList<string> Names => [.. Named.Select(n => n.Name)];

    /// <summary>Whether this processor has what a path needs.</summary>
    public static bool IsSupported(VectorPath path) => path switch
    {
        VectorPath.Portable => true,
        VectorPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        VectorPath.Avx512 => Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512Vbmi.VL.IsSupported,
    };

    /// <summary>The name of a path.</summary>
    public static string NameOf(VectorPath path) => Named.First(n => n.Path == path).Name;

    /// <summary>The path of a name, whether this processor has it or not; null where no path has that name.</summary>
    public static VectorPath? PathOf(string name) => Named.Where(n => n.Name == name).Select(n => (VectorPath?)n.Path).FirstOrDefault();

    /// <summary>The path that a user names.</summary>
    /// <exception cref="CompilationException">No path has that name (FLC9001), or this processor lacks it (FLC5005).</exception>
    public static VectorPath Parse(string name)
    {
        VectorPath path = PathOf(name) ?? throw new CompilationException(
            Codes.Usage, $"no vector path is called '{Excerpt.Of(name)}'{Suggestion.For(name, Names)}", "",
            $"the paths are {string.Join(", ", Names)}");
        return IsSupported(path)
            ? path
            : throw new CompilationException(
                Codes.DeviceUnsupported, $"this processor does not have what the vector path '{name}' needs", "",
                $"it has {string.Join(", ", Named.Where(n => IsSupported(n.Path)).Select(n => n.Name))}; every path gives the same bits");
    }
}
