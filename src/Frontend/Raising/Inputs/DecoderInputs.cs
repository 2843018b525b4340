using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>The inputs of an exported decoder: which there are, and what they hold for given lengths.</summary>
/// <remarks>Batch is 1 and nothing is padded: a compiled program serves one sequence. Exporters name inputs as they like; names, types and ranks together tell
/// them apart. What the logits do not depend on is left out.</remarks>
internal sealed class DecoderInputs
{
    // The value that exporters write where a token does not see another.
    private const float Hidden = float.MinValue;

    // Of one input, many times what models have for the lengths that are looked at.
    private const double MostElements = 1 << 27;

    private DecoderInputs(IReadOnlyList<DecoderInput> inputs) => All = inputs;

    /// <summary>All of them.</summary>
    public IReadOnlyList<DecoderInput> All { get; }

    /// <summary>The token ids.</summary>
    public DecoderInput TokenIds => All.First(i => i.Kind == InputKind.TokenIds);

    /// <summary>Whether keys and values of tokens before the step come in.</summary>
    public bool HasPast => All.Any(i => i.Kind == InputKind.Past);

    /// <summary>The number of tokens that the file is fixed to, or null.</summary>
    public int? FixedTokens => TokenIds.FixedSize((TokenIds.Value.Shape?.Count ?? 2) - 1);

    /// <summary>Tokens that caches of fixed size hold, into which the step is written; null where there are none.</summary>
    public int? Capacity => IsWritten ? FixedPastSize : null;

    /// <summary>The number of tokens before the step that the file is fixed to, or null.</summary>
    public int? FixedPast => IsWritten ? null : FixedPastSize;

    private bool IsWritten => All.Any(i => i.Kind == InputKind.PastLength);

    private int? FixedPastSize =>
        All.Where(i => i.Kind == InputKind.Past).Select(i => i.FixedSize(i.PastAxis)).FirstOrDefault(size => size is not null);

    /// <summary>Recognises the inputs.</summary>
    /// <param name="graph">The model's graph.</param>
    /// <param name="used">Names on which the logits depend.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="CompilationException">Every input that no decoder we know has (FLC1507).</exception>
    public static DecoderInputs Recognise(OnnxGraph graph, IReadOnlySet<string> used, string path)
    {
        DiagnosticBag bag = new();
        List<DecoderInput> inputs = [];
        List<OnnxValue> others = [];
        foreach (OnnxValue value in graph.Inputs.Where(i => used.Contains(i.Name)))
        {
            if (InputNames.Recognise(value) is { } input)
            {
                inputs.Add(input);
            }
            else
            {
                others.Add(value);
            }
        }

        foreach ((string found, string help) in InputNames.Explain(others))
        {
            bag.Error(Codes.OnnxModelUnsupported, found, path, help);
        }

        int ids = inputs.Count(i => i.Kind == InputKind.TokenIds);
        if (ids != 1)
        {
            bag.Error(
                Codes.OnnxModelUnsupported,
                ids == 0 ? "the model has no input of token ids, such as input_ids int64[batch,sequence]" : "the model has several inputs of token ids; one is wanted",
                path, "export a whole decoder, from token ids to logits");
        }

        // Past, masks and positions have the batch of the ids.
        if (ids == 1 && inputs.First(i => i.Kind == InputKind.TokenIds) is { Value.Shape.Count: 2 } tokens && tokens.FixedSize(0) is > 1 and { } batch)
        {
            bag.Error(
                Codes.OnnxModelUnsupported, $"the input '{Excerpt.Of(tokens.Name)}' is fixed to {batch} sequences; one is wanted, since a program serves one", path,
                "export the model with a dynamic batch, or with a batch of 1");
        }

        bag.ThrowIfErrors();
        return new DecoderInputs(inputs);
    }

    /// <summary>What an input holds; null for token ids and past, which are not known when a model is compiled.</summary>
    public OnnxTensor? Known(DecoderInput input, Lengths lengths)
    {
        long[] shape = TypeOf(input, lengths).Shape;
        return input.Kind switch
        {
            InputKind.TokenIds or InputKind.Past => null,
            InputKind.Mask => Fill(input, shape, i => i % shape[^1] < lengths.Total ? 1 : 0),
            InputKind.AddedMask => Fill(input, shape, i => i % shape[^1] <= lengths.Past + (i / shape[^1] % shape[^2]) ? 0 : Hidden),
            InputKind.Positions => Fill(input, shape, i => lengths.Past + (i % lengths.Tokens)),
            InputKind.UsesCache => Fill(input, shape, _ => lengths.Past > 0 ? 1 : 0),
            InputKind.LastPosition => Fill(input, shape, _ => lengths.Total - 1),
            InputKind.TotalLength => Fill(input, shape, _ => lengths.Total),
            InputKind.PastLength => Fill(input, shape, i => lengths.Past + i),
            InputKind.LogitsKept => Fill(input, shape, _ => 0),
        };
    }

    /// <summary>The type of an input.</summary>
    /// <exception cref="CompilationException">An extent is stated neither by the file nor by what the input is, or there are too many elements (FLC1507).</exception>
    public OnnxTensorType TypeOf(DecoderInput input, Lengths lengths)
    {
        int rank = input.Value.Shape?.Count ?? input.Kind switch
        {
            InputKind.TokenIds or InputKind.Mask or InputKind.Positions => 2,
            InputKind.AddedMask or InputKind.Past => 4,
            _ => 0,
        };
        long[] shape = new long[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            shape[axis] = input.FixedSize(axis) ?? Size(input, axis, rank, lengths);
        }

        // Lengths that are fixed to nearly 2^31 add up to negative ones.
        return shape.All(size => size >= 0) && shape.Aggregate(1.0, (n, d) => n * d) <= MostElements
            ? new OnnxTensorType(input.Value.ElementType, shape)
            : throw new CompilationException(
                Codes.OnnxModelUnsupported, $"the input '{Excerpt.Of(input.Name)}' has the extents {string.Join(',', shape)}, more than can be looked at", input.Name);
    }

    private long Size(DecoderInput input, int axis, int rank, Lengths lengths) => input.Kind switch
    {
        InputKind.TokenIds or InputKind.Positions when axis == rank - 1 => lengths.Tokens,
        InputKind.Mask or InputKind.AddedMask when axis == rank - 1 => Capacity ?? lengths.Total,
        InputKind.AddedMask when axis == rank - 2 => lengths.Tokens,
        InputKind.PastLength when IsRange(input) => lengths.Tokens,
        InputKind.Past when axis == input.PastAxis => Capacity ?? lengths.Past,
        InputKind.Past when axis != (rank == 5 ? 1 : 0) => throw new CompilationException(
            Codes.OnnxModelUnsupported,
            $"extent {axis} of input '{Excerpt.Of(input.Name)}' is not stated; a number is wanted: heads and their size do not change",
            input.Name, "export the model with these axes fixed"),
        _ => 1,
    };

    // One position to write to for each token, and not the first of them for each sequence.
    private bool IsRange(DecoderInput input) =>
        input.Value.Shape is [var only] && TokenIds.Value.Shape is [.., var tokens]
        && (only.Symbol.Length > 0 ? only.Symbol == tokens.Symbol : only.Size is not null && only.Size == tokens.Size && only.Size > 1);

    private static OnnxTensor Fill(DecoderInput input, long[] shape, Func<long, double> value)
    {
        double[] values = new double[shape.Aggregate(1L, (n, d) => checked(n * d))];
        for (long i = 0; i < values.Length; i++)
        {
            values[i] = value(i);
        }

        return TensorElements.Of(input.Value.ElementType, values, shape);
    }
}
