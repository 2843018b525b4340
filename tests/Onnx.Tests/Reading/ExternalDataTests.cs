using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using Google.Protobuf;

namespace Flightc.Tests.Onnx.Reading;

public sealed class ExternalDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_share_a_file_or_have_their_own()
    {
        _folder.Write("both.data", [.. Enumerable.Range(0, 16).Select(i => (byte)i)]);
        Directory.CreateDirectory(_folder["more"]);
        _folder.Write("more/own.data", [9, 9, 9, 9]);
        ModelProto model = Models.Model(
            [Models.Node("Sum", ["a", "b", "c"], ["y"])], [], ["y"],
            External("a", ("location", "both.data"), ("offset", "3"), ("length", "4")),
            External("b", ("offset", "12"), ("location", "./both.data")),
            External("c", ("location", "more/own.data"), ("unknown", "key")));

        using OnnxModel read = OnnxReader.Read(_folder.Write("m.onnx", model.ToByteArray()));

        Assert.Equal([3, 4, 5, 6], Bytes(read, "a"));
        Assert.Equal([12, 13, 14, 15], Bytes(read, "b"));
        Assert.Equal([9, 9, 9, 9], Bytes(read, "c"));
    }

    [Theory]
    [InlineData("/etc/passwd", "an absolute path")]
    [InlineData("C:/data", "an absolute path")]
    [InlineData("C:data", "an absolute path")]
    [InlineData("../w.data", "'..'")]
    [InlineData("sub/../w.data", "'..'")]
    [InlineData("..", "'..'")]
    [InlineData("..\\w.data", "backslash")]
    [InlineData("w\0.data", "control characters")]
    [InlineData("", "name no file")]
    [InlineData("none.data", "not beside the model")]
    [InlineData("sub", "which is a folder")]
    [InlineData(".", "which leaves the model's folder", "which is a folder")]
    public void A_location_that_is_no_file_within_the_folder_is_refused(string location, string message, string? or = null)
    {
        Directory.CreateDirectory(_folder["sub"]);
        _folder.Write("w.data", new byte[4]);

        Diagnostic only = Assert.Single(Refuse(External("w", ("location", location))));

        Assert.Equal(Codes.OnnxExternalData, only.Code);
        Assert.True(
            only.Message.Contains(message, StringComparison.Ordinal) || (or is not null && only.Message.Contains(or, StringComparison.Ordinal))
            || only.Message.Contains("leaves the model's folder", StringComparison.Ordinal), only.Message);
    }

    [Theory]
    [InlineData("5", "4", "bytes 5 to 9 of 'w.data', which has 8")]
    [InlineData("9", "4", "bytes 9 to 13")]
    [InlineData("9223372036854775807", "4", "bytes 9223372036854775807 to 9223372036854775811")]
    [InlineData("9223372036854775808", "4", "numbers of 0 to 2^63 - 1")]
    [InlineData("-1", "4", "numbers of 0 to 2^63 - 1")]
    [InlineData("0x1", "4", "numbers of 0 to 2^63 - 1")]
    [InlineData("+1", "4", "numbers of 0 to 2^63 - 1")]
    [InlineData("0", "5", "have 5 bytes; type and shape take 4")]
    [InlineData("0", "", "numbers of 0 to 2^63 - 1")]
    public void A_range_that_is_not_in_the_file_is_refused(string offset, string length, string message)
    {
        _folder.Write("w.data", new byte[8]);

        Diagnostic only = Assert.Single(Refuse(External("w", ("location", "w.data"), ("offset", offset), ("length", length))));

        Assert.Equal(Codes.OnnxExternalData, only.Code);
        Assert.Contains(message, only.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_stays_in_the_folder_is_followed()
    {
        _folder.Write("real.data", [1, 2, 3, 4]);
        File.CreateSymbolicLink(_folder["w.data"], "real.data");

        using OnnxModel read = OnnxReader.Read(_folder.Write("m.onnx", Model(External("w", ("location", "w.data"))).ToByteArray()));

        Assert.Equal([1, 2, 3, 4], Bytes(read, "w"));
    }

    [Theory]
    [InlineData("w.data")]
    [InlineData("sub/w.data")]
    public void A_link_that_leaves_the_folder_is_refused(string location)
    {
        using TemporaryFolder elsewhere = new();
        elsewhere.Write("w.data", new byte[4]);
        File.CreateSymbolicLink(_folder["w.data"], elsewhere["w.data"]);
        Directory.CreateSymbolicLink(_folder["sub"], elsewhere.Root);

        Assert.Contains("leaves the model's folder", Assert.Single(Refuse(External("w", ("location", location)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_whose_name_begins_alike_is_another_folder()
    {
        string other = _folder.Root + "-other";
        Directory.CreateDirectory(other);
        try
        {
            File.WriteAllBytes(Path.Combine(other, "w.data"), new byte[4]);
            File.CreateSymbolicLink(_folder["w.data"], Path.Combine(other, "w.data"));

            Assert.Contains("leaves the model's folder", Assert.Single(Refuse(External("w", ("location", "w.data")))).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        File.CreateSymbolicLink(_folder["w.data"], "v.data");
        File.CreateSymbolicLink(_folder["v.data"], "w.data");

        Assert.Contains("more than 40 symbolic links", Assert.Single(Refuse(External("w", ("location", "w.data")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_in_which_the_model_and_its_data_are_links_is_read()
    {
        // snapshots/1/m.onnx -> ../../blobs/a, and so the data.
        Directory.CreateDirectory(_folder["blobs"]);
        Directory.CreateDirectory(_folder["snapshots/1"]);
        _folder.Write("blobs/a", Model(External("w", ("location", "m.onnx.data"))).ToByteArray());
        _folder.Write("blobs/b", [4, 3, 2, 1]);
        File.CreateSymbolicLink(_folder["snapshots/1/m.onnx"], "../../blobs/a");
        File.CreateSymbolicLink(_folder["snapshots/1/m.onnx.data"], "../../blobs/b");

        using OnnxModel read = OnnxReader.Read(_folder["snapshots/1/m.onnx"]);

        Assert.Equal([4, 3, 2, 1], Bytes(read, "w"));
    }

    [Fact]
    public void A_pipe_is_refused_without_waiting_for_its_other_end()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo"), "needs mkfifo");
        using (System.Diagnostics.Process process = System.Diagnostics.Process.Start("/usr/bin/mkfifo", _folder["w.data"]))
        {
            process.WaitForExit();
        }

        Assert.Contains("which has 0", Assert.Single(Refuse(External("w", ("location", "w.data")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_in_memory_has_no_files_beside_it() =>
        Reads.RefuseWith(Model(External("w", ("location", "w.data"))), Codes.OnnxExternalData, "the model is no file itself");

    private IReadOnlyList<Diagnostic> Refuse(TensorProto tensor)
    {
        DiagnosticBag bag = new();
        Assert.Null(OnnxReader.Read(_folder.Write("m.onnx", Model(tensor).ToByteArray()), bag));
        return bag.Items;
    }

    private static ModelProto Model(TensorProto tensor) => Models.Model([Models.Node("Identity", [tensor.Name], ["y"])], [], ["y"], tensor);

    private static TensorProto External(string name, params (string Key, string Value)[] entries)
    {
        TensorProto tensor = Models.Tensor(name, Models.Float, [1]);
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.AddRange(entries.Select(e => new StringStringEntryProto { Key = e.Key, Value = e.Value }));
        return tensor;
    }

    private static byte[] Bytes(OnnxModel model, string name)
    {
        byte[] bytes = new byte[4];
        model.Graph.Initializers[name].Data.Read(0, bytes);
        return bytes;
    }
}
