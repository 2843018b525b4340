using System.Globalization;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>
/// The length registers of our programs: what each holds, and the expression by which it is computed before a
/// step.
/// </summary>
/// <remarks>
/// Rows of the KV cache depend on how many channels a head's tokens are spread over. Where attention is divided
/// by heads, those are a core's, and cores of different widths have registers of their own.
/// </remarks>
internal sealed class Registers
{
    /// <summary>Tokens before the step.</summary>
    public static readonly Source Past = Source.Register(0);

    /// <summary>Tokens of the step.</summary>
    public static readonly Source Tokens = Source.Register(1);

    /// <summary>First token whose logits are wanted.</summary>
    public static readonly Source From = Source.Register(2);

    /// <summary>Tokens whose logits are wanted.</summary>
    public static readonly Source Wanted = Source.Register(3);

    private readonly int[] _spreads;
    private readonly bool _hasMasks;

    /// <summary>The registers of a schedule's program.</summary>
    public Registers(Schedule schedule) => (_spreads, _hasMasks) = (Spreads(schedule), schedule.MaskTable is not null);

    /// <summary>All of them, for the program's header.</summary>
    public IReadOnlyList<LengthRegister> All =>
    [
        new(Past.Code, "past", "past"),
        new(Tokens.Code, "tokens", "tokens"),
        new(From.Code, "from", "from"),
        new(Wanted.Code, "wanted", "tokens - from"),
        .. _spreads.SelectMany(spread =>
        {
            string count = spread.ToString(CultureInfo.InvariantCulture);
            return new LengthRegister[]
            {
                new(Rows(spread).Code, $"rows.{count}", $"ceildiv(past, {count})"),
                new(Slots(spread).Code, $"slots.{count}", $"ceildiv(past + tokens, {count})"),
            };
        }),
        .. _hasMasks
            ?
            [
                new(FirstBlock.Code, "mask.first", "floordiv(past, 64)"),
                new(Blocks.Code, "mask.rows", "floordiv(past + tokens - 1, 64) - floordiv(past, 64) + 1"),
            ]
            : Array.Empty<LengthRegister>(),
    ];

    /// <summary>The block of 64 tokens in which the step's first one lies; where there are attention masks.</summary>
    public Source FirstBlock => Source.Register(4 + (2 * _spreads.Length));

    /// <summary>Blocks of 64 tokens in which tokens of the step lie; where there are attention masks.</summary>
    public Source Blocks => Source.Register(5 + (2 * _spreads.Length));

    /// <summary>Rows of the KV cache, in each channel, that hold the past.</summary>
    /// <param name="spread">Channels over which a head's tokens are spread.</param>
    public Source Rows(int spread) => Source.Register(4 + (2 * Array.IndexOf(_spreads, spread)));

    /// <summary>Rows of slots: past and present.</summary>
    /// <param name="spread">Channels over which a head's tokens are spread.</param>
    public Source Slots(int spread) => Source.Register(5 + (2 * Array.IndexOf(_spreads, spread)));

    private static int[] Spreads(Schedule schedule) =>
        [.. Enumerable.Range(0, schedule.Geometry.Cores.Count).Select(schedule.SpreadOf).Distinct().OrderDescending()];
}
