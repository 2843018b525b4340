using Flightc.Diagnostics;
using Flightc.Onnx;

namespace Flightc.Oracle;

/// <summary>One sequence of tokens run by a decoder's ONNX model: ids in, logits out; keys and values go round where the model has them.</summary>
/// <remarks>
/// The inputs that exporters agree on are known: <c>input_ids</c>, <c>attention_mask</c> (ones over all tokens so far), <c>position_ids</c>, <c>use_cache_branch</c>, and pasts, which begin with
/// <c>past</c> and come out under names that begin with <c>present</c>.
/// </remarks>
/// <param name="session">The model; stays with the caller.</param>
/// <param name="location">The model's name, for messages.</param>
public sealed class OracleDecoder(IOracleSession session, string location)
{
    private const string Ids = "input_ids", Mask = "attention_mask", Positions = "position_ids", UseCache = "use_cache_branch";
    private const string Past = "past", PastKeyValues = "past_key_values", Present = "present";

    private readonly Dictionary<string, OnnxTensor> _pasts = new(StringComparer.Ordinal);
    private readonly List<int> _ids = [];

    /// <summary>Tokens so far.</summary>
    public int Position => _ids.Count;

    /// <summary>Forgets all tokens.</summary>
    public void Reset()
    {
        _ids.Clear();
        _pasts.Clear();
    }

    /// <summary>Continues the sequence. A model without a past runs all of it again.</summary>
    /// <param name="ids">At least one token.</param>
    /// <returns>Logits: a row per token of <paramref name="ids"/>.</returns>
    /// <exception cref="CompilationException">The model takes or gives something else than a decoder does, or the oracle refuses (FLC1602).</exception>
    public float[][] Run(ReadOnlySpan<int> ids)
    {
        OnnxValue[] pasts = [.. session.Inputs.Where(IsPast)];
        int before = pasts.Length > 0 ? Position : 0;
        int[] run = pasts.Length > 0 ? ids.ToArray() : [.. _ids, .. ids];
        Dictionary<string, OnnxTensor> inputs = session.Inputs.ToDictionary(input => input.Name, input => Input(input, run, before));
        IReadOnlyDictionary<string, OnnxTensor> results = session.Run(inputs, [LogitsName, .. pasts.Select(PresentOf)]);
        foreach (OnnxValue past in pasts)
        {
            _pasts[past.Name] = results[PresentOf(past)];
        }

        _ids.AddRange(ids);
        return Rows(results[LogitsName], run.Length)[^ids.Length..];
    }

    private string LogitsName =>
        session.Outputs.FirstOrDefault(o => o.Name == "logits")?.Name
        ?? session.Outputs.FirstOrDefault(o => !o.Name.StartsWith(Present, StringComparison.Ordinal))?.Name
        ?? throw Wrong("it gives no logits");

    private static bool IsPast(OnnxValue input) => input.Name.StartsWith(Past, StringComparison.Ordinal);

    private string PresentOf(OnnxValue past)
    {
        string rest = past.Name[(past.Name.StartsWith(PastKeyValues, StringComparison.Ordinal) ? PastKeyValues.Length : Past.Length)..];
        string name = Present + rest;
        return session.Outputs.Any(o => o.Name == name) ? name : throw Wrong($"it takes '{Excerpt.Of(past.Name)}' and gives no '{Excerpt.Of(name)}'");
    }

    private OnnxTensor Input(OnnxValue input, int[] ids, int before) => input.Name switch
    {
        Ids => Integers(input, ids.Length, i => ids[i]),
        Mask => Integers(input, before + ids.Length, _ => 1),
        Positions => Integers(input, ids.Length, i => before + i),
        UseCache => OracleTensor.Of([before > 0], 1),
        _ when IsPast(input) => _pasts.TryGetValue(input.Name, out OnnxTensor? past) ? past : Empty(input),
        _ => throw Wrong($"it takes '{Excerpt.Of(input.Name)}', and what a decoder gets there is not known"),
    };

    private OnnxTensor Integers(OnnxValue input, int count, Func<int, long> valueOf)
    {
        long[] values = new long[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = valueOf(i);
        }

        return input.ElementType switch
        {
            OnnxElementType.Int64 => OracleTensor.Of(values, 1, count),
            OnnxElementType.Int32 => OracleTensor.Of(Array.ConvertAll(values, v => (int)v), 1, count),
            _ => throw Wrong($"its '{input.Name}' are {input.ElementType}; integers of 32 or 64 bits are wanted"),
        };
    }

    // No token before the first: of the extents that are not stated the one behind the heads is the past's length, all others are of one sequence.
    private OnnxTensor Empty(OnnxValue input)
    {
        if (input.Shape is not { Count: >= 4 } shape)
        {
            throw Wrong($"its '{Excerpt.Of(input.Name)}' has no shape of four extents");
        }

        int length = shape.Count - 2;
        if (shape[length].Size is > 0 and var size)
        {
            throw Wrong($"its '{Excerpt.Of(input.Name)}' always has {size} tokens, and a sequence begins with none");
        }

        long[] extents = [.. shape.Select((d, i) => i == length ? 0 : d.Size ?? 1)];
        return new OnnxTensor(input.ElementType, extents, new MemoryBytes(ReadOnlyMemory<byte>.Empty));
    }

    private float[][] Rows(OnnxTensor logits, int rows)
    {
        if (logits.Shape.Count < 2 || logits.ElementCount % rows != 0 || logits.ElementCount / rows != logits.Shape[^1])
        {
            throw Wrong($"its logits are [{string.Join(',', logits.Shape)}]; a row for each of {rows} tokens is wanted");
        }

        float[] values = OracleTensor.Floats(logits);
        int columns = values.Length / rows;
        return [.. Enumerable.Range(0, rows).Select(t => values.AsSpan(t * columns, columns).ToArray())];
    }

    private CompilationException Wrong(string message) => new(Codes.OracleFailed, $"the model cannot be run as a decoder: {message}", location);
}
