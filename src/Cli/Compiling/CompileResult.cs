using Flightc.Cli.Caching;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Passes.Masking;

namespace Flightc.Cli.Compiling;

/// <summary>What compiling made.</summary>
/// <param name="Manifest">That of the image; null where <c>--until</c> stopped before.</param>
/// <param name="Compiled">The program; null where <c>--until</c> stopped before it.</param>
/// <param name="Warnings">What is worth knowing.</param>
/// <param name="Passes">What each part took, in order.</param>
/// <param name="Elapsed">Wall time of all.</param>
/// <param name="Masks">What a search for attention masks found; null where there was none.</param>
internal sealed record CompileResult(
    ImageManifest? Manifest, CompiledProgram? Compiled, IReadOnlyList<Diagnostic> Warnings,
    IReadOnlyList<PassTime> Passes,
    TimeSpan Elapsed, MaskSearchResult? Masks = null)
{
    /// <summary>What a cache brought; null where there was none.</summary>
    public CacheUse? Cache { get; init; }
}
