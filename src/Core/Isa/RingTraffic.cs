namespace Flightc.Isa;

/// <summary>What an instruction moves through the rings of each of its core's channels.</summary>
/// <param name="WeightPages">Pages it puts into the weight ring.</param>
/// <param name="PopsWeights">Whether it takes a product's tiles off the weight ring: how many bytes, the
/// image says.</param>
/// <param name="PushedRows">Rows it puts into the KV ring.</param>
/// <param name="PoppedRows">Rows it takes off the KV ring.</param>
/// <param name="RowBytes">Bytes of those rows.</param>
public readonly record struct RingTraffic(
    long WeightPages, bool PopsWeights, long PushedRows, long PoppedRows, long RowBytes)
{
    /// <summary>The traffic of a resolved instruction.</summary>
    public static RingTraffic Of(Instruction resolved) => resolved switch
    {
        LoadWeights i => new(i.Pages.Constant, false, 0, 0, 0),
        LoadCache i => new(0, false, i.Heads.Constant * i.Rows.Constant, 0, i.Bytes.Constant),
        MultiplyWeights i => new(0, i.Rows.Constant > 0, 0, 0, 0),
        MultiplyKeys i => new(0, false, 0, i.Rows.Constant, MultiplyKeys.RowBytes(i.HeadDim.Constant, i.Packed.Constant == 1)),
        MultiplyValues i => new(0, false, 0, i.Rows.Constant, MultiplyValues.RowBytes(i.HeadDim.Constant, i.Packed.Constant == 1)),
        _ => default,
    };
}
