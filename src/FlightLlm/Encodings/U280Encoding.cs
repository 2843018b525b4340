using static Flightc.FlightLlm.PublishedField;

namespace Flightc.FlightLlm;

/// <summary>
/// The table of <c>flightllm-u280-1.3</c>, inferred from the published binary of one attention block.
/// </summary>
/// <remarks>
/// Well tested are opcodes, lengths, the two masks and the end flag: with them the binary is used up to its last
/// word, tokens balance on every pair of units and all instructions can run, which no other placement of them
/// achieves. Of operands only values have been seen, so they stay raw, a word each; the names under which some of
/// their bits are shown are hypotheses and nothing depends on them.
/// </remarks>
internal static class U280Encoding
{
    public static PublishedEncoding Create() => new(
        "flightllm-u280-1.3", new(0, 31, 28), new(0, 27, 24), new(0, 23, 20),
        [
            new(
                PublishedUnit.Load, 1, 5, ["load"], Raw(5),
                inferred:
                [
                    Number("mode", "w0[17:15]", "buffer to fill"),
                    Number("channel", "w0[14:12]", "HBM channel"),
                    Address("bank_addr", "w0[11:0]", "address in the buffer"),
                    Number("length", "w1[31:0]", "bytes"),
                    Address("address", "w2[31:2]", "first byte in memory"),
                    Address("flags", "w3[15:0]", "channel and other flags"),
                    Number("repeat", "w4[31:0]", "repetitions"),
                ]),
            new(PublishedUnit.Store, 2, 4, ["store"], Raw(4)),
            new(
                PublishedUnit.Matrix, 3, 5, ["multiply"], Raw(5),
                inferred: [Address("scale", "w4[15:0]", "binary16 constant, perhaps of requantisation")]),
            new(
                PublishedUnit.Misc, 4, 3, ["special"], Raw(3),
                inferred:
                [
                    Number("operation", "w0[3:0]", "2 is softmax; 6 and 7 occur"),
                    Address("scale", "w2[15:0]", "binary16 constant"),
                ]),
            new(
                PublishedUnit.System, 15, 1, ["barrier", "end"],
                [
                    Number("end", "w0[19]", "whether the program ends here", 2),
                    Address("w0", "w0[18:0]", "not known"),
                ],
                selector: "end"),
        ],
        "end");

    // What lies beside the header in the first word, and all other words.
    private static List<PublishedField> Raw(int words) =>
        [.. Enumerable.Range(0, words).Select(w => Address($"w{w}", w == 0 ? "w0[19:0]" : $"w{w}[31:0]", "not known"))];
}
