using Flightc.Isa;
using Flightc.Schedules;
using static Flightc.Backend.Emission.Registers;

namespace Flightc.Backend.Emission;

/// <content>Heads, scores, probabilities and weighted sums.</content>
internal sealed partial class StepEmitter
{
    private QuantizeHeads Heads(Step step)
    {
        PartHeads heads = _rows.HeadsOf(step);
        bool rotates = step.Find("table") is not null;
        return new QuantizeHeads
        {
            Source = At(step, "source") + (4 * heads.Offset),
            Stride = RegionOf(step, "source").Stride,
            Heads = heads.Count,
            HeadDim = _headDim,
            Tokens = Tokens,
            Rotated = rotates ? step.Number("rotated", _headDim) : 0,
            Table = rotates ? At(step, "table") : 0,
            TableStride = rotates ? RegionOf(step, "table").Stride : 0,
            Cache = step.Number("cache"),
            Codes = At(step, "codes") + (heads.Place * _headDim),
            CodeStride = RegionOf(step, "codes").Stride,
            Scales = At(step, "scales") + (4 * heads.Place),
            ScaleStride = RegionOf(step, "scales").Stride,
        };
    }

    private MultiplyKeys Score(Step step)
    {
        Region codes = RegionOf(step, "codes");
        Region scales = RegionOf(step, "scales");
        return new MultiplyKeys(matrixUnit)
        {
            Codes = codes.Address + PerHead(schedule.Group * _headDim),
            CodeStride = codes.Stride,
            Scales = scales.Address + PerHead(4 * schedule.Group),
            Keys = codes.Address + (_rows.QueryHeads * _headDim) + PerHead(_headDim),
            KeyStride = codes.Stride,
            KeyScales = scales.Address + (4 * _rows.QueryHeads) + PerHead(4),
            ValueScales = scales.Address + (4 * _rows.QueryAndKeyHeads) + PerHead(4),
            ScaleStride = scales.Stride,
            Rotation = RotationOf(step),
            Past = Past,
            Tokens = Tokens,
            Group = schedule.Group,
            HeadDim = _headDim,
            Rows = _registers.Rows(_spread),
            Slots = _registers.Slots(_spread),
            // Probabilities are powers of two.
            Factor = Bits((float)(step.Find("factor") is null ? Log2E / Math.Sqrt(_headDim) : Log2E * Single(step, "factor"))),
            Window = step.Number("window"),
            Mask = MaskOf(step),
            MaskStride = MaskStrideOf(step),
            MaskPitch = MaskPitchOf(step),
            Out = At(step, "out"),
            Values = At(step, "values"),
            Maxima = At(step, "maxima"),
            ValueMaxima = At(step, "valuemaxima"),
            Local = _local,
            Packed = _packed,
        };
    }

    private Exponentiate Softmax(Step step) => new()
    {
        Scores = At(step, "source"),
        Values = At(step, "values"),
        Maxima = At(step, "maxima"),
        ValueMaxima = At(step, "valuemaxima"),
        Rows = new Operand(0, new AffineTerm(Tokens, schedule.Group)),
        Width = new Operand(0, new AffineTerm(_registers.Slots(_spread), _channels)),
        Out = At(step, "out"),
        Sums = At(step, "sums"),
        Cap = step.Find("cap") is null ? 0 : Bits((float)(Single(step, "cap") * Log2E)),
    };

    private MultiplyValues Value(Step step) => new(matrixUnit, step.Find("mask") is not null)
    {
        Probabilities = At(step, "source"),
        Codes = RegionOf(step, "codes").Address + (_rows.QueryAndKeyHeads * _headDim) + PerHead(_headDim),
        Stride = RegionOf(step, "codes").Stride,
        Rotation = RotationOf(step),
        Past = Past,
        Tokens = Tokens,
        Group = schedule.Group,
        HeadDim = _headDim,
        Rows = _registers.Rows(_spread),
        Slots = _registers.Slots(_spread),
        Out = At(step, "out"),
        Local = _local,
        Packed = _packed,
        Mask = MaskOf(step),
        MaskStride = MaskStrideOf(step),
        MaskPitch = MaskPitchOf(step),
    };

    private NormalizeHeads Output(Step step)
    {
        // All heads of one token follow one another like query heads that share a KV head.
        bool isOfAll = IsOfAllHeads(step);
        Operand Row(string key) => isOfAll ? RegionOf(step, key).Address : At(step, key);
        Operand first = RegionOf(step, "out").Address + (4 * FirstOf(step) * schedule.Group * _headDim);
        return new NormalizeHeads
        {
            Source = Row("source"),
            Sums = Row("sums"),
            ValueMaxima = Row("valuemaxima"),
            Tokens = Tokens,
            Group = schedule.Group * (isOfAll ? schedule.HeadsOf(core).Count : 1),
            HeadDim = _headDim,
            Out = isOfAll ? first : first + PerHead(4 * schedule.Group * _headDim),
            OutStride = RegionOf(step, "out").Stride,
        };
    }

    // The strings of the first query head that the step is for: of the core's, or of the current KV head's.
    private Operand MaskOf(Step step) => step.Find("mask") is null ? 0
        : RegionOf(step, "mask").Address
            + (IsOfAllHeads(step) ? 0 : PerHead(checked((int)(schedule.Group * MaskPitchOf(step)))));

    private long MaskStrideOf(Step step) => step.Find("mask") is null ? 0 : RegionOf(step, "mask").Stride;

    private long MaskPitchOf(Step step) => step.Find("mask") is null ? 0 : schedule.MaskTable!.MaskBytes;

    private static Operand PerHead(int bytes) => new(0, new AffineTerm(KvHead, bytes));
}
