using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Checks;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using Google.Protobuf;

namespace Flightc.Tests.Onnx.Checks;

public sealed class ChecksumCheckTests
{
    [Theory]
    [InlineData("A9993E364706816ABA3E25717850C26C9CD0D89D", true)]
    [InlineData("a9993e364706816aba3e25717850c26c9cd0d89d", true)]
    [InlineData("a9993e364706816aba3e25717850c26c9cd0d89e", false)]
    [InlineData("", false)]
    public void A_file_is_held_against_its_checksum(string checksum, bool isRight)
    {
        // The example of FIPS 180: "abc".
        using TemporaryFolder folder = new();
        folder.Write("w.data", "abc");
        TensorProto tensor = Models.Tensor("w", (int)OnnxElementType.UInt8, [3]);
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.data" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "checksum", Value = checksum });
        using OnnxModel model = OnnxReader.Read(folder.Write("m.onnx", Models.Model([Models.Node("Identity", ["w"], ["y"])], [], ["y"], tensor).ToByteArray()));
        DiagnosticBag bag = new();

        ChecksumCheck.Check(model, bag);

        Assert.Equal(isRight, bag.Items.Count == 0);
        Assert.All(bag.Items, d => Assert.Equal(Codes.OnnxExternalData, d.Code));
    }
}
