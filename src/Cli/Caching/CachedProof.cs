using Flightc.Caching;
using Flightc.Isa;

namespace Flightc.Cli.Caching;

/// <summary>That a program was proven to keep the rules of its level, kept: the very same program need not be proven twice.</summary>
internal static class CachedProof
{
    /// <summary>The kind of its entries, whose payload is empty.</summary>
    public const string Kind = "proof";

    /// <summary>Proves a program, unless that was done before.</summary>
    /// <param name="cache">Where it is kept; null for nowhere.</param>
    /// <param name="program">The program.</param>
    /// <param name="poppedWeightBytes">By core, product and channel: as <see cref="ProgramVerifier.Verify"/> takes it.</param>
    /// <param name="prove">Proves it, or throws.</param>
    public static void Require(
        CacheFolder? cache, MachineProgram program, IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>> poppedWeightBytes, Action prove)
    {
        if (cache is null)
        {
            prove();
            return;
        }

        string bytes = string.Join('\n', poppedWeightBytes.Select(core => string.Join(';', core.Select(product => string.Join(',', product)))));
        CacheKey key = new(
            Kind,
            ("tool", ToolIdentity.Of(typeof(ProgramVerifier))),
            ("program", CacheKey.HashOf(ProgramBinary.Write(program))),
            ("symbols", CacheKey.HashOf(ProgramBinary.WriteSymbols(program))),
            ("bytes", CacheKey.HashOf(bytes)));
        if (cache.Find(key, entry => entry.ReadWhole(0)) is null)
        {
            prove();
            cache.Store(key, _ => { });
        }
    }
}
