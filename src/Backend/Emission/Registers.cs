using System.Globalization;
using Flightc.Isa;

namespace Flightc.Backend.Emission;

/// <summary>
/// The length registers of our programs: what each holds, and the expression by which it is computed before a
/// step.
/// </summary>
internal static class Registers
{
    /// <summary>Tokens before the step.</summary>
    public static readonly Source Past = Source.Register(0);

    /// <summary>Tokens of the step.</summary>
    public static readonly Source Tokens = Source.Register(1);

    /// <summary>First token whose logits are wanted.</summary>
    public static readonly Source From = Source.Register(2);

    /// <summary>Rows of the KV cache that hold the past.</summary>
    public static readonly Source Rows = Source.Register(3);

    /// <summary>Rows of slots: past and present.</summary>
    public static readonly Source Slots = Source.Register(4);

    /// <summary>Tokens whose logits are wanted.</summary>
    public static readonly Source Wanted = Source.Register(5);

    /// <summary>All of them, for the program's header.</summary>
    /// <param name="channels">Channels of the machine: a row of the KV cache is one token in each.</param>
    public static LengthRegister[] Of(int channels)
    {
        string count = channels.ToString(CultureInfo.InvariantCulture);
        return
        [
            new(Past.Code, "past", "past"),
            new(Tokens.Code, "tokens", "tokens"),
            new(From.Code, "from", "from"),
            new(Rows.Code, "rows", $"ceildiv(past, {count})"),
            new(Slots.Code, "slots", $"ceildiv(past + tokens, {count})"),
            new(Wanted.Code, "wanted", "tokens - from"),
        ];
    }
}
