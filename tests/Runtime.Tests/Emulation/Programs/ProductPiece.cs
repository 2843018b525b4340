using Flightc.Isa;

namespace Flightc.Tests.Emulation.Programs;

/// <summary>A product of weights: every width, group and sparsity, also mixed; sizes that divide by nothing.</summary>
internal static class ProductPiece
{
    private const int Dense = 1;

    // Beyond it a row of the largest codes and multipliers would not fit INT32: what no packer makes.
    private const int Long = 700;

    // The interpreter takes that many multiplications in no time.
    private const int Work = 400_000;

    /// <summary>Every combination that many programs have to have.</summary>
    public static IEnumerable<string> Features =>
        from bits in Enumerable.Range(2, 7)
        from sparsity in Enumerable.Range(1, 7)
        from isMany in new[] { false, true }
        select Feature(bits, sparsity, isMany);

    /// <summary>A random product.</summary>
    public static void Add(ProgramParts parts, int core) =>
        Add(parts, core, parts.Random.Within(2, 8), parts.Random.Within(1, 7), parts.Tokens(), parts.Coin(5));

    /// <summary>A product with a combination of <see cref="Features"/>, which follow each other.</summary>
    public static void Add(ProgramParts parts, int core, ulong combination)
    {
        int tokens = combination % 2 == 0 ? 1 : Math.Max(2, parts.Tokens());
        Add(parts, core, 2 + (int)(combination / 2 % 7), 1 + (int)(combination / 14 % 7), tokens, isMixed: false);
    }

    private static void Add(ProgramParts parts, int core, int bits, int sparsity, int tokens, bool isMixed)
    {
        RandomNumbers random = parts.Random;
        int columns = random.Below(12) switch { 0 => random.Within(Long, 4200), < 5 => random.Within(1, 40), _ => random.Within(41, Long) };
        int rows = random.Below(12) switch { 0 => random.Within(120, 600), < 5 => random.Within(1, 20), _ => random.Within(16, 120) };
        rows = Math.Clamp(rows, 1, Math.Max(1, Work / (tokens * columns)));
        int padded = (rows + 15) / 16 * 16;
        if (parts.RoomIn(core) < tokens * (columns + (4 * padded) + 64))
        {
            return;
        }

        int group = parts.One(32, 64, 128);
        (int, int)[] formats = [.. Enumerable.Range(0, padded / 16).Select(_ => isMixed ? (random.Within(2, 8), parts.One(32, 64, 128)) : (bits, group))];
        bool isExtreme = columns < Long && parts.Coin(12), hasShortScales = parts.Coin(4);
        TestProduct product = new(
            random, rows, columns, block => formats[block], Densities(parts, sparsity), parts.Channels[core], isExtreme, hasShortScales);
        int first = parts.Channels[..core].Sum();
        for (int i = 0; i < product.Streams.Length; i++)
        {
            parts.Streams[first + i].AddRange(product.Streams[i]);
        }

        ScratchImage image = parts.Images[core];
        int gap = parts.Coin() ? 0 : random.Within(1, 20);
        sbyte[] codes = random.Codes(tokens * (columns + gap));
        if (parts.Coin(12))
        {
            Array.Fill(codes, parts.One<sbyte>(127, -127));
        }

        Unit unit = tokens == 1 && parts.Coin() ? Unit.Vector : Unit.Matrix;
        MultiplyWeights multiply = new(unit)
        {
            Codes = image.Put(codes),
            CodeStride = columns + gap,
            Scales = image.Put(random.Floats(tokens)),
            Tokens = tokens,
            Columns = columns,
            Rows = padded,
            Out = image.Put(random.Floats(tokens * padded)),
            OutStride = 4 * padded,
            Add = parts.Coin() ? 1 : 0,
        };
        parts.Bodies[core].Add((unit, multiply));
        parts.Results.Add((core, (int)multiply.Out.Constant, tokens * padded));
        string format = isMixed ? "mixed" : $"{bits}g{group}";
        parts.Features.Add(isMixed ? "mixed formats" : Feature(bits, sparsity, tokens > 1));
        parts.Words.Append($"product core={core} {rows}x{columns} {format} sparsity={sparsity} extreme={isExtreme} short={hasShortScales} tokens={tokens} add={multiply.Add}; ");
    }

    private static string Feature(int bits, int sparsity, bool isMany) =>
        $"products of {bits} bits, sparsity {sparsity}, {(isMany ? "several tokens" : "one token")}";

    // Dense, one sparsity everywhere, patterns, blocks that are often absent, or anything.
    private static Func<int, int>? Densities(ProgramParts parts, int sparsity)
    {
        RandomNumbers random = parts.Random;
        switch (sparsity)
        {
            case Dense:
                return null;
            case 2 or 3 or 4:
                return _ => sparsity - 1;
            case 5:
                int[] pattern = [.. Enumerable.Range(0, 8).Select(_ => random.Below(5))];
                return i => pattern[i];
            case 6:
                return _ => random.Below(3) > 0 ? 4 : random.Below(4);
            default:
                return _ => random.Below(5);
        }
    }
}
