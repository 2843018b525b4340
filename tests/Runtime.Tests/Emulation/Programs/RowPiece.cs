using Flightc.Isa;

namespace Flightc.Tests.Emulation.Programs;

/// <summary>A special function of rows: measuring and quantising, heads, embeddings, activations, sums, norms; on new numbers or on results of a product.</summary>
internal static class RowPiece
{
    private const int Values = 6000;

    public static void Add(ProgramParts parts, int core)
    {
        if (parts.RoomIn(core) < 24 * Values)
        {
            return;
        }

        switch (parts.Random.Below(6))
        {
            case 0:
                Quantize(parts, core);
                break;
            case 1:
                Heads(parts, core);
                break;
            case 2:
                Embed(parts, core);
                break;
            case 3:
                Activate(parts, core);
                break;
            case 4:
                Sum(parts, core);
                break;
            default:
                Norm(parts, core);
                break;
        }
    }

    private static (int Tokens, int Count) Size(ProgramParts parts, int least = 1)
    {
        int tokens = parts.Tokens();
        return (tokens, parts.Random.Within(least, Math.Max(least, Math.Min(Values / tokens, parts.Coin() ? 70 : 2100))));
    }

    // Numbers from tiny to large; of a product where one has as many.
    private static int Source(ProgramParts parts, int core, int count)
    {
        (int Core, int Address, int Count)[] results = [.. parts.Results.Where(r => r.Core == core && r.Count >= count)];
        if (results.Length > 0 && parts.Coin())
        {
            return results[parts.Random.Below(results.Length)].Address;
        }

        float[] x = parts.Random.Floats(count, parts.One(1f, 5f, 40f));
        for (int i = parts.Random.Below(7); i < count; i += 7)
        {
            x[i] *= parts.One(0f, -0f, 1e-9f, 1e-30f, 10f, 1e4f);
        }

        return parts.Images[core].Put(x);
    }

    private static void Quantize(ProgramParts parts, int core)
    {
        (int tokens, int count) = Size(parts);
        ScratchImage image = parts.Images[core];
        int weighted = parts.Random.Below(2), norm = parts.Random.Below(2);
        int segments = (count + 63) / 64;
        Measure measure = new()
        {
            Source = Source(parts, core, tokens * count),
            Stride = 4 * count,
            Weight = image.Put(parts.Random.Floats(count)),
            Weighted = weighted,
            Count = count,
            Tokens = tokens,
            Maxima = image.Room(4 * tokens),
            Squares = norm,
            Sums = image.Room(4 * tokens * segments),
            SumStride = 4 * segments,
        };
        QuantizeRows quantize = new()
        {
            Source = measure.Source,
            Stride = measure.Stride,
            Weight = measure.Weight,
            Weighted = weighted,
            Count = count,
            Tokens = tokens,
            Maxima = measure.Maxima,
            Norm = norm,
            Sums = measure.Sums,
            SumStride = measure.SumStride,
            Segments = segments,
            Total = count,
            Epsilon = BitConverter.SingleToUInt32Bits(1e-5f),
            Codes = image.Room(tokens * count),
            CodeStride = count,
            Scales = image.Room(4 * tokens),
        };
        parts.Bodies[core].Add((Unit.Misc, measure));
        parts.Bodies[core].Add((Unit.Misc, quantize));
        parts.Words.Append($"quantize tokens={tokens} count={count} weighted={weighted} norm={norm}; ");
    }

    private static void Heads(ProgramParts parts, int core)
    {
        int tokens = parts.Tokens();
        int headDim = 2 * parts.Random.Within(1, 64);
        int heads = parts.Random.Within(1, Math.Clamp(Values / (tokens * headDim), 1, 9));
        tokens = Math.Max(1, Math.Min(tokens, Values / (heads * headDim)));
        int rotated = parts.Coin() ? 0 : 2 * parts.Random.Within(1, headDim / 2);
        ScratchImage image = parts.Images[core];
        QuantizeHeads quantize = new()
        {
            Source = Source(parts, core, tokens * heads * headDim),
            Stride = 4 * heads * headDim,
            Heads = heads,
            HeadDim = headDim,
            Tokens = tokens,
            Rotated = rotated,
            Table = image.Put(parts.Random.Floats(tokens * headDim)),
            TableStride = 4 * headDim,
            Cache = parts.Random.Below(4),
            Codes = image.Room(tokens * heads * headDim),
            CodeStride = heads * headDim,
            Scales = image.Room(4 * tokens * heads),
            ScaleStride = 4 * heads,
        };
        parts.Bodies[core].Add((Unit.Misc, quantize));
        parts.Words.Append($"heads tokens={tokens} heads={heads} d={headDim} rotated={rotated} cache={quantize.Cache}; ");
    }

    private static void Embed(ProgramParts parts, int core)
    {
        (int tokens, int columns) = Size(parts);
        RandomNumbers random = parts.Random;
        int bits = random.Within(2, 8), group = parts.One(32, 64, 128);
        int stride = (4 + ((columns + group - 1) / group) + (((columns * bits) + 7) / 8) + 3) / 4 * 4;
        int first = random.Below(columns), count = random.Within(1, columns - first);
        byte[] rows = new byte[tokens * stride];
        for (int t = 0; t < tokens; t++)
        {
            random.Codes(stride).CopyTo((sbyte[])(object)rows, t * stride);
            BitConverter.TryWriteBytes(rows.AsSpan(t * stride), random.Float());
        }

        ScratchImage image = parts.Images[core];
        parts.Bodies[core].Add((Unit.Misc, new DequantizeRows
        {
            Source = image.Put(rows),
            Stride = stride,
            Group = group,
            Bits = bits,
            Columns = columns,
            First = first,
            Count = count,
            Tokens = tokens,
            Out = image.Room(4 * tokens * count),
            OutStride = 4 * count,
            Scale = BitConverter.SingleToUInt32Bits(parts.Coin() ? 1f : random.Float()),
        }));
        parts.Words.Append($"embed tokens={tokens} columns={columns} {bits}g{group} {first}+{count}; ");
    }

    private static void Activate(ProgramParts parts, int core)
    {
        (int tokens, int count) = Size(parts);
        ScratchImage image = parts.Images[core];
        int function = parts.One([.. Interpretation.TestFunctions.All]);
        bool isGated = function != ActivateRows.Cap && parts.Coin();
        int width = isGated ? (count + 15) / 16 * 32 : count;
        int source = Source(parts, core, tokens * width);
        bool inPlace = !isGated && parts.Coin();
        parts.Bodies[core].Add((Unit.Misc, new ActivateRows
        {
            Source = source,
            Stride = 4 * width,
            Count = count,
            Tokens = tokens,
            Out = inPlace ? source : image.Room(4 * tokens * count),
            OutStride = 4 * count,
            Function = function,
            Gated = isGated ? 1 : 0,
            Value = function == ActivateRows.Cap ? BitConverter.SingleToUInt32Bits(parts.One(1.5f, 30f)) : 0,
        }));
        parts.Words.Append($"activate {function} tokens={tokens} count={count} gated={isGated} inPlace={inPlace}; ");
    }

    private static void Sum(ProgramParts parts, int core)
    {
        (int tokens, int count) = Size(parts);
        bool isShared = parts.Coin();
        int source = Source(parts, core, isShared ? count : tokens * count);
        parts.Bodies[core].Add((Unit.Misc, new AddRows
        {
            Source = source,
            Stride = isShared ? 0 : 4 * count,
            Out = parts.Images[core].Put(parts.Random.Floats(tokens * (count + 1), 3f)),
            OutStride = 4 * (count + 1),
            Count = count,
            Tokens = tokens,
        }));
        parts.Words.Append($"add tokens={tokens} count={count} shared={isShared}; ");
    }

    private static void Norm(ProgramParts parts, int core)
    {
        (int tokens, int count) = Size(parts);
        int heads = parts.Random.Within(1, Math.Clamp(Values / (tokens * count), 1, 8));
        ScratchImage image = parts.Images[core];
        int source = Source(parts, core, tokens * heads * count);
        bool inPlace = parts.Coin(3);
        NormalizeRows norm = new()
        {
            Source = source,
            Stride = 4 * heads * count,
            Out = inPlace ? source : image.Room(4 * tokens * heads * count),
            OutStride = 4 * heads * count,
            Count = count,
            Heads = heads,
            Tokens = tokens,
            Weight = image.Put(parts.Random.Floats(count)),
            Bias = image.Put(parts.Random.Floats(count)),
            Biased = parts.Random.Below(2),
            Layer = parts.Random.Below(2),
            Epsilon = BitConverter.SingleToUInt32Bits(1e-5f),
        };
        parts.Bodies[core].Add((Unit.Misc, norm));
        parts.Words.Append($"norm tokens={tokens} heads={heads} count={count} layer={norm.Layer} biased={norm.Biased} inPlace={inPlace}; ");
    }
}
