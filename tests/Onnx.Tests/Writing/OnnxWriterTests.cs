using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using Flightc.Onnx.Writing;
using static Flightc.Tests.Onnx.Models;

namespace Flightc.Tests.Onnx.Writing;

public sealed class OnnxWriterTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        using TemporaryFolder folder = new();
        OnnxTensor[] weights = [Weight("small", 10, 1), Weight("large", 3000, 2), Weight("larger", 5_000_000, 3)];

        OnnxWriter.Write(folder["m.onnx"], Sum(), weights);
        using OnnxModel model = OnnxReader.Read(folder["m.onnx"]);

        Assert.Equal(["m.onnx", "m.onnx.data"], folder.Files);
        Assert.All(weights, w => Assert.Equal(Bytes(w), Bytes(model.Graph.Initializers[w.Name])));
        Assert.Equal(4096 + 5_000_000, new FileInfo(folder["m.onnx.data"]).Length);
    }

    [Fact]
    public void Without_large_weights_there_is_one_file()
    {
        using TemporaryFolder folder = new();

        OnnxWriter.Write(folder["m.onnx"], Sum(), [Weight("small", 10, 1), Weight("large", 3000, 2), Weight("larger", 50_000, 3)], long.MaxValue);
        using OnnxModel model = OnnxReader.Read(folder["m.onnx"]);

        Assert.Equal(["m.onnx"], folder.Files);
        Assert.Equal(50_000, model.Graph.Initializers["larger"].Data.Length);
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        foreach (string name in (string[])["a", "b"])
        {
            Directory.CreateDirectory(folder[name]);
            OnnxWriter.Write(Path.Combine(folder[name], "m.onnx"), Sum(), [Weight("small", 10, 1), Weight("large", 3000, 2), Weight("larger", 50_000, 3)]);
        }

        Assert.Equal(File.ReadAllBytes(folder["a/m.onnx"]), File.ReadAllBytes(folder["b/m.onnx"]));
        Assert.Equal(File.ReadAllBytes(folder["a/m.onnx.data"]), File.ReadAllBytes(folder["b/m.onnx.data"]));
    }

    [Fact]
    public void Where_a_weight_cannot_be_read_nothing_is_left()
    {
        using TemporaryFolder folder = new();
        folder.Write("m.onnx", "before");

        Assert.Throws<InvalidOperationException>(() => OnnxWriter.Write(folder["m.onnx"], Sum(), Failing()));

        Assert.Equal(["m.onnx"], folder.Files);
        Assert.Equal("before", File.ReadAllText(folder["m.onnx"]));

        static IEnumerable<OnnxTensor> Failing()
        {
            yield return Weight("large", 3000, 2);
            throw new InvalidOperationException("no more");
        }
    }

    [Fact]
    public void What_cannot_be_written_is_told_and_nothing_is_left()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["m.onnx"]);

        CompilationException refused = Assert.Throws<CompilationException>(() => OnnxWriter.Write(folder["m.onnx"], Sum(), [Weight("large", 3000, 2)]));

        Assert.Equal(Codes.CannotWrite, Assert.Single(refused.Diagnostics).Code);
        Assert.Equal(["m.onnx"], folder.Files);
    }

    private static ModelProto Sum() => Model([Node("Sum", ["small", "large", "larger"], ["y"])], [], ["y"]);

    private static OnnxTensor Weight(string name, int bytes, ulong seed)
    {
        RandomNumbers random = new(seed);
        byte[] data = new byte[bytes];
        for (int i = 0; i < bytes; i++)
        {
            data[i] = (byte)random.Below(256);
        }

        return new OnnxTensor(OnnxElementType.UInt8, [bytes], new MemoryBytes(data), name);
    }

    private static byte[] Bytes(OnnxTensor tensor)
    {
        byte[] bytes = new byte[tensor.Data.Length];
        tensor.Data.Read(0, bytes);
        return bytes;
    }
}
