using static Flightc.FlightLlm.PublishedField;

namespace Flightc.FlightLlm;

/// <summary>
/// The table of <c>flightllm-vhk158</c>: facts of the instruction file of the published generator
/// (FlightLLM/flightllm_test_demo, <c>profile/inst_gen/isa.py</c>), with its names of fields.
/// </summary>
internal static class Vhk158Encoding
{
    private static readonly PublishedField[] ProductFields =
    [
        Number("K", "w0[17:4]", "length in blocks of 16"),
        Number("output_flag", "w0[3]", "whether the last part of K is added and the sum written"),
        Number("bias_flag", "w0[2]", "whether a bias is added", 2),
        Number("relu_flag", "w0[1]", "whether ReLU is applied", 2),
        Number("sparse_flag", "w0[0]", "whether meta and FSB say which weights are stored", 2),
        Address("bias_start_addr", "w1[31:24]+w2[3:0]", "first address in the bias buffer"),
        Address("meta_start_addr", "w1[23:12]", "first address in the meta buffer"),
        Address("fsb_start_addr", "w1[11:0]", "first address in the FSB buffer"),
        Address("A_start_addr", "w2[27:16]", "first address in the A buffer"),
        Address("B_start_addr", "w2[15:4]", "first address in the B buffer"),
        Address("out_start_addr", "w3[11:0]", "first address in the global buffer"),
    ];

    public static PublishedEncoding Create() => new(
        "flightllm-vhk158", new(0, 31, 28), new(0, 27, 23), new(0, 22, 18),
        [
            new(
                PublishedUnit.Load, 1, 7, ["load.b", "load.meta", "load.bias", "load.fsb", "load.a", "load.global"],
                [
                    Number("mode", "w0[17:15]", "buffer to fill: B, meta, bias, FSB, A, global", 6),
                    Number("hbm_channel_id", "w0[14:12]", "HBM channel"),
                    Address("bank_addr", "w0[11:0]", "first address in the buffer"),
                    Number("src_1d_stride", "w1[31:0]+w2[1:0]", "stride of the innermost loop; the generator writes 0"),
                    Number("src_2d_stride", "w2[31:2]+w3[3:0]", "likewise, second loop"),
                    Number("src_3d_stride", "w3[31:4]+w4[5:0]", "likewise, outermost loop"),
                    Address("hbm_addr", "w4[31:6]+w5[7:0]", "first byte in memory"),
                    Number("1d_loop", "w5[31:24]", "repetitions, innermost loop; the generator writes 1"),
                    Number("2d_loop", "w5[23:16]", "likewise, second loop"),
                    Number("3d_loop", "w5[15:8]", "likewise, outermost loop"),
                    Number("zero_fill", "w6[25]", "whether zeros are written in place of memory", 2),
                    Number("hbm_type", "w6[24:23]", "not known; the generator writes 1", 2),
                    Number("1d_length", "w6[22:0]", "bytes"),
                ],
                BitRange.ParseAll("w6[31:26]"), "mode"),
            new(
                PublishedUnit.Store, 2, 3, ["store"],
                [
                    Address("bank_addr", "w0[17:6]", "first address in the global buffer"),
                    Number("1d_loop", "w0[5:1]", "repetitions; the generator writes 1"),
                    Number("rs_col", "w0[0]", "not known; the generator writes 0", 2),
                    Address("hbm_addr", "w1[31:0]+w2[1:0]", "first byte in memory"),
                    Number("hbm_type", "w2[29:28]", "not known; the generator writes 1", 2),
                    Number("hbm_channel_id", "w2[27:25]", "HBM channel"),
                    Number("1d_length", "w2[24:2]", "bytes"),
                ],
                BitRange.ParseAll("w2[31:30]")),
            Product(PublishedUnit.Matrix, 3),
            Product(PublishedUnit.Vector, 4),
            new(
                PublishedUnit.Misc, 5, 3, ["add", "mul", "softmax", "layernorm", "rmsnorm", "silu"],
                [
                    Address("in_a_start_addr", "w0[17:6]", "first address of the first input"),
                    Number("mask_flag", "w0[5:4]", "whether an attention mask applies", 2),
                    Number("operation_flag", "w0[3:0]", "operation: add, mul, softmax, layer norm, RMS norm, SiLU", 6),
                    Address("in_b_start_addr", "w1[31:20]", "first address of the second input"),
                    Address("out_start_addr", "w1[19:8]", "first address of the output"),
                    Number("K", "w2[31:18]", "length in blocks of 16"),
                ],
                BitRange.ParseAll("w1[7:0]+w2[17:0]"), "operation_flag"),
            new(PublishedUnit.System, 15, 1, ["barrier"], [], BitRange.ParseAll("w0[17:0]")),
        ]);

    // MM and MV differ in opcode and unit only.
    private static InstructionForm Product(PublishedUnit unit, int opcode) =>
        new(unit, opcode, 4, ["multiply"], ProductFields, BitRange.ParseAll("w2[31:28]+w3[31:12]"));
}
