using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using Google.Protobuf;

namespace Flightc.Tests.Onnx;

/// <summary>Reading models that are in memory.</summary>
internal static class Reads
{
    /// <summary>The model; an error fails the test.</summary>
    public static OnnxModel Accept(ModelProto model)
    {
        DiagnosticBag bag = new();
        OnnxModel? read = OnnxReader.Read(model.ToByteArray(), "test.onnx", bag);
        Assert.True(!bag.HasErrors && read is not null, string.Join('\n', bag.Items));
        return read!;
    }

    /// <summary>The errors; a model that is accepted fails the test.</summary>
    public static IReadOnlyList<Diagnostic> Refuse(byte[] bytes)
    {
        DiagnosticBag bag = new();
        OnnxModel? read = OnnxReader.Read(bytes, "test.onnx", bag);
        Assert.Null(read);
        Assert.True(bag.HasErrors);
        return bag.Items;
    }

    /// <inheritdoc cref="Refuse(byte[])"/>
    public static IReadOnlyList<Diagnostic> Refuse(ModelProto model) => Refuse(model.ToByteArray());

    /// <summary>The one error of a model, which must have a code and say something.</summary>
    public static void RefuseWith(ModelProto model, string code, string text)
    {
        Diagnostic only = Assert.Single(Refuse(model));
        Assert.Equal(code, only.Code);
        Assert.Contains(text, only.Message, StringComparison.Ordinal);
    }
}
