namespace Flightc.Isa;

/// <summary>Cores give disjoint blocks: see <see cref="ProgramVerifier"/>.</summary>
internal sealed class ExchangeRules(VerifierReport report, EntryPoint entry)
{
    /// <summary>Checks all gathers for one step, loops at their first and last index.</summary>
    public void Check(StepLengths step, long[] registers)
    {
        List<List<Instruction>> cores = [.. entry.Streams.Select(core => core[(int)Unit.Exchange].Where(i => i is not Synchronize).ToList())];
        foreach (bool atEnd in (ReadOnlySpan<bool>)[false, true])
        {
            long[] sources = [.. registers];
            int depth = 0;
            for (int i = 0; i < cores[0].Count; i++)
            {
                if (cores[0][i] is BeginLoop loop)
                {
                    long count = loop.Count.Evaluate(sources);
                    if (count == 0)
                    {
                        i = EndOf(cores[0], i);
                        continue;
                    }

                    sources[Source.FirstLoop + depth++] = atEnd ? count - 1 : 0;
                }
                else if (cores[0][i] is EndLoop)
                {
                    sources[Source.FirstLoop + --depth] = 0;
                }
                else if (cores[0][i] is Gather)
                {
                    Check(i, [.. cores.Select(core => (Gather)core[i].Resolve(sources))], step);
                }
            }
        }
    }

    private static int EndOf(List<Instruction> stream, int loop)
    {
        int depth = 0;
        int i = loop;
        do
        {
            depth += stream[i] is BeginLoop ? 1 : stream[i] is EndLoop ? -1 : 0;
            i++;
        }
        while (depth > 0);
        return i - 1;
    }

    private void Check(int number, Gather[] blocks, StepLengths step)
    {
        for (int a = 0; a < blocks.Length; a++)
        {
            for (int b = a + 1; b < blocks.Length; b++)
            {
                if (!AreDisjoint(blocks[a], blocks[b]))
                {
                    report.Error(
                        $"{VerifierReport.Place(entry, b, Unit.Exchange)} exchange {number}",
                        $"'xch.gather' at {step}: the blocks of core {a} ({Describe(blocks[a])}) and core {b} ({Describe(blocks[b])}) overlap, or cannot be shown not to");
                }
            }
        }
    }

    private static bool AreDisjoint(Gather a, Gather b)
    {
        (Gather low, Gather high) = a.Address.Constant <= b.Address.Constant ? (a, b) : (b, a);
        if (low.Rows.Constant == 0 || high.Rows.Constant == 0 || low.Bytes.Constant == 0 || high.Bytes.Constant == 0)
        {
            return true;
        }

        long distance = high.Address.Constant - low.Address.Constant;
        long stride = low.Stride.Constant;
        if (distance >= ((low.Rows.Constant - 1) * stride) + low.Bytes.Constant)
        {
            return true;
        }

        // Rows at the same pitch: they interleave, so only the place within the pitch matters.
        long offset = stride > 0 ? distance % stride : 0;
        return stride == high.Stride.Constant && stride > 0 && offset >= low.Bytes.Constant
            && offset + high.Bytes.Constant <= stride;
    }

    private static string Describe(Gather block) =>
        $"{block.Rows} × {block.Bytes} bytes from {block.Address}, {block.Stride} apart";
}
