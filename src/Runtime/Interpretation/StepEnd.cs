using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>What must hold when nothing can move any more: every stream at its end, and nothing left over.</summary>
internal static class StepEnd
{
    /// <summary>Checks all cores.</summary>
    /// <exception cref="CompilationException">A deadlock, tokens nobody took, or data nobody consumed
    /// (FLC4001).</exception>
    public static void Check(CoreState[] cores)
    {
        List<Diagnostic> found = [];
        foreach (CoreState core in cores)
        {
            FindBlockedUnits(core, cores, found);
        }

        if (found.Count == 0)
        {
            foreach (CoreState core in cores)
            {
                FindLeftovers(core, found);
            }
        }

        if (found.Count > 0)
        {
            throw new CompilationException(found);
        }
    }

    /// <summary>Checks that the core has nothing to do besides <c>sys.end</c>, which is being executed.</summary>
    /// <exception cref="CompilationException">Another unit is not at its end (FLC4001).</exception>
    public static void CheckCoreIsDone(CoreState core)
    {
        for (int u = 0; u < InstructionSet.UnitCount; u++)
        {
            UnitStream stream = core.Streams[u];
            if ((Unit)u != Unit.System && stream.Head is not null)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"the core is declared done before its {InstructionSet.NameOf((Unit)u)} unit is: it is at {stream.Location}");
            }
        }
    }

    private static void FindBlockedUnits(CoreState core, CoreState[] cores, List<Diagnostic> found)
    {
        for (int u = 0; u < InstructionSet.UnitCount; u++)
        {
            UnitStream stream = core.Streams[u];
            if (stream.Head is { } head)
            {
                string what = core.Running[u] is { } running
                    ? running.Lacks()
                    : MissingTokens(core, (Unit)u, head) ?? MissingPartners(core, cores, (Unit)u);
                found.Add(new Diagnostic(
                    Codes.ProgramInvalid, Severity.Error,
                    $"deadlock: nothing can move, and the {InstructionSet.NameOf((Unit)u)} unit waits for {what}",
                    stream.Location));
            }
        }
    }

    private static string? MissingTokens(CoreState core, Unit unit, Instruction head)
    {
        List<string> missing = [];
        for (int from = 0; from < InstructionSet.UnitCount; from++)
        {
            if (head.Wait.HasFlag((Units)(1 << from)) && core.Tokens((Unit)from, unit) == 0)
            {
                missing.Add(InstructionSet.NameOf((Unit)from));
            }
        }

        return missing.Count == 0 ? null : $"a token from {string.Join(", ", missing)}";
    }

    private static string MissingPartners(CoreState core, CoreState[] cores, Unit unit)
    {
        IEnumerable<string> missing = cores
            .Where(other => other != core)
            .Where(other => other.Streams[(int)unit].Head is not { } head || !other.HasTokens(unit, head.Wait))
            .Select(other => $"{other.Number}");
        return $"the exchange of core {string.Join(", ", missing)}";
    }

    private static void FindLeftovers(CoreState core, List<Diagnostic> found)
    {
        string location = $"core {core.Number}";
        for (int from = 0; from < InstructionSet.UnitCount; from++)
        {
            for (int to = 0; to < InstructionSet.UnitCount; to++)
            {
                if (core.Tokens((Unit)from, (Unit)to) is int left and > 0)
                {
                    found.Add(new Diagnostic(
                        Codes.ProgramInvalid, Severity.Error,
                        $"the step ends, and the {InstructionSet.NameOf((Unit)to)} unit has not taken {left} tokens from {InstructionSet.NameOf((Unit)from)}",
                        location));
                }
            }
        }

        for (int i = 0; i < core.Channels.Count; i++)
        {
            if (core.CacheRings[i].Count > 0)
            {
                found.Add(new Diagnostic(
                    Codes.ProgramInvalid, Severity.Error,
                    $"the step ends with {core.CacheRings[i].Count} bytes in the KV ring of channel {core.Channels.First + i}",
                    location));
            }

            // The last page of a stream is padded with zeros.
            byte[] padding = new byte[core.WeightRings[i].Count];
            core.WeightRings[i].Pop(padding);
            if (padding.AsSpan().ContainsAnyExcept((byte)0))
            {
                found.Add(new Diagnostic(
                    Codes.ProgramInvalid, Severity.Error,
                    $"the step ends with weights among the {padding.Length} bytes in the weight ring of channel {core.Channels.First + i}",
                    location));
            }
        }
    }
}
