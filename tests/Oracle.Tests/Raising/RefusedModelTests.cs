using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;

namespace Flightc.Tests;

/// <summary>Decoders that the Graph cannot express are refused, and say where.</summary>
public sealed class RefusedModelTests
{
    [Fact]
    public void A_decoder_as_small_as_these_is_raised() => Assert.Single(Raise(new SmallDecoder()).Config.Layers);

    [Fact]
    public void Attention_that_sees_later_tokens_is_refused_with_the_first_pair() =>
        Assert.Contains("the query at position 0 sees the key at 1", Problem(new SmallDecoder { Mask = (_, _, _) => 0 }), StringComparison.Ordinal);

    [Fact]
    public void Biases_by_position_are_refused_with_the_first_one() => Assert.Contains(
        "-0.5 is added to the score of the query at position 1 with the key at 0",
        Problem(new SmallDecoder { Mask = (query, key, _) => key > query ? float.MinValue : -0.5f * (query - key) }), StringComparison.Ordinal);

    [Fact]
    public void Masks_with_holes_are_refused() => Assert.Contains(
        "does not see the key at 1",
        Problem(new SmallDecoder { Mask = (query, key, _) => key > query || (key == 1 && query > 2) ? float.NegativeInfinity : 0 }), StringComparison.Ordinal);

    [Fact]
    public void Functions_that_no_activation_is_are_named() => Assert.Contains("Softplus", Problem(new SmallDecoder { Function = "Softplus" }), StringComparison.Ordinal);

    [Fact]
    public void Layers_that_work_side_by_side_are_refused() => Assert.Contains("side by side", Problem(new SmallDecoder { IsParallel = true }), StringComparison.Ordinal);

    [Fact]
    public void Rotations_that_are_none_are_refused() => Assert.Contains(
        "queries", Problem(new SmallDecoder { Angle = (position, pair) => 0.1 * position * position / (pair + 1) }), StringComparison.Ordinal);

    [Fact]
    public void Unknown_operators_are_refused_by_name_and_domain()
    {
        CompilationException refused = Assert.Throws<CompilationException>(() => Raise(new SmallDecoder { Function = "com.microsoft.Snake" }));

        Assert.All(refused.Diagnostics, d => Assert.Equal(Codes.OnnxOperatorUnsupported, d.Code));
        Assert.Contains("Snake", refused.Message, StringComparison.Ordinal);
        Assert.Contains("com.microsoft", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_as_input_are_refused_with_advice()
    {
        CompilationException refused = Assert.Throws<CompilationException>(() => Raise(new SmallDecoder { TakesEmbeddings = true }));

        Assert.Contains(refused.Diagnostics, d => d.Help.Contains("input_ids", StringComparison.Ordinal));
    }

    [Fact]
    public void However_a_graph_is_disturbed_nothing_but_refusals_come_out()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("FLIGHTC_FUZZ"), out int wanted) ? wanted : 200;
        for (int seed = 0; seed < count; seed++)
        {
            ModelProto model = ModelProto.Parser.ParseFrom(new SmallDecoder().Build());
            RandomNumbers random = new((ulong)seed + 1);
            int Pick(int count) => (int)((random.Floats(1, 0.5f)[0] + 0.5f) * 0.999f * count);
            NodeProto node = model.Graph.Node[Pick(model.Graph.Node.Count)];
            switch (Pick(5))
            {
                case 0 when node.Input.Count > 0:
                    node.Input[Pick(node.Input.Count)] = model.Graph.Node[Pick(model.Graph.Node.Count)].Output[0];
                    break;
                case 1:
                    node.OpType = new[] { "Add", "Mul", "Transpose", "Softmax", "MatMul", "Slice", "Concat", "Gather", "Relu", "Expand" }[Pick(10)];
                    break;
                case 2 when model.Graph.Initializer.Count > 0:
                    TensorProto tensor = model.Graph.Initializer[Pick(model.Graph.Initializer.Count)];
                    byte[] bytes = tensor.RawData.ToByteArray();
                    bytes[Pick(bytes.Length)] ^= (byte)(1 << Pick(8));
                    tensor.RawData = Google.Protobuf.ByteString.CopyFrom(bytes);
                    break;
                case 3 when node.Attribute.Count > 0:
                    node.Attribute.RemoveAt(0);
                    break;
                default:
                    if (node.Input.Count > 1)
                    {
                        node.Input.RemoveAt(Pick(node.Input.Count));
                    }

                    break;
            }

            MustEnd(model);
        }
    }

    [Theory]
    [InlineData("input_ids", 0, 2)]
    [InlineData("input_ids", 1, int.MaxValue)]
    [InlineData("past_key_values.0.key", 2, int.MaxValue)]
    public void Extents_that_no_program_serves_are_refused(string input, int axis, long size)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(new GenaiDecoder().Build());
        model.Graph.Input.Single(i => i.Name == input).Type.TensorType.Shape.Dim[axis] = new TensorShapeProto.Types.Dimension { DimValue = size };

        CompilationException refused = Assert.Throws<CompilationException>(() => Raise(Google.Protobuf.MessageExtensions.ToByteArray(model)));

        Assert.All(refused.Diagnostics, d => Assert.StartsWith("FLC15", d.Code, StringComparison.Ordinal));
    }

    public static TheoryData<string> Dialects => ["groups", "packed", "bits", "standard", "split"];

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Whatever_numbers_and_operands_attention_has_nothing_but_refusals_come_out(string dialect)
    {
        byte[] bytes = dialect switch
        {
            "groups" => new GenaiDecoder().Build(),
            "packed" => new GenaiDecoder { IsPacked = true, HasHeadNorms = true, FusesHeadNorms = true }.Build(),
            "bits" => new GenaiDecoder { Bits = 4 }.Build(),
            "standard" => new StandardDecoder { HasMask = true }.Build(),
            _ => new StandardDecoder { IsSplit = true }.Build(),
        };
        long[] hostile = [0, -1, 3, 1L << 31, long.MinValue];
        ModelProto model = ModelProto.Parser.ParseFrom(bytes);
        string[] operands = [model.Graph.Initializer.MinBy(t => t.RawData.Length)!.Name, model.Graph.Initializer.MaxBy(t => t.RawData.Length)!.Name];
        HashSet<string> seen = [];
        for (int i = 0; i < model.Graph.Node.Count; i++)
        {
            NodeProto node = model.Graph.Node[i];
            if (!seen.Add(node.OpType) || (node.Domain.Length == 0 && node.OpType != "Attention"))
            {
                continue;
            }

            foreach (AttributeProto attribute in node.Attribute.Where(a => a.Type == AttributeProto.Types.AttributeType.Int))
            {
                foreach (long value in hostile)
                {
                    long kept = attribute.I;
                    attribute.I = value;
                    MustEnd(model);
                    attribute.I = kept;
                }
            }

            for (int k = 0; k < node.Input.Count; k++)
            {
                foreach (string other in operands)
                {
                    string kept = node.Input[k];
                    node.Input[k] = other;
                    MustEnd(model);
                    node.Input[k] = kept;
                }
            }
        }
    }

    private static void MustEnd(ModelProto model)
    {
        try
        {
            _ = Raise(Google.Protobuf.MessageExtensions.ToByteArray(model));
        }
        catch (CompilationException e)
        {
            Assert.All(e.Diagnostics, d => Assert.StartsWith("FLC", d.Code, StringComparison.Ordinal));
        }
    }

    private static string Problem(SmallDecoder decoder)
    {
        CompilationException refused = Assert.Throws<CompilationException>(() => Raise(decoder));
        Assert.All(refused.Diagnostics, d => Assert.Contains(d.Code, (string[])[Codes.OnnxModelUnsupported, Codes.OnnxOperatorUnsupported]));
        return refused.Message;
    }

    private static ImportedModel Raise(SmallDecoder decoder) => Raise(decoder.Build());

    private static ImportedModel Raise(byte[] bytes)
    {
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(bytes, "small", bag);
        bag.ThrowIfErrors();
        return RaisedModels.Import(model!);
    }
}
