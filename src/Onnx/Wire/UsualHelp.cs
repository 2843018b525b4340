using Flightc.Diagnostics;

namespace Flightc.Onnx.Wire;

/// <summary>What helps with most faults of a kind, for messages that know nothing better.</summary>
internal static class UsualHelp
{
    /// <summary>A sentence for a code; empty where what helps depends on the fault.</summary>
    public static string For(string code) => code switch
    {
        Codes.OnnxInvalid => "the file is no ONNX model, is damaged, or was written by a faulty exporter: fetch it again, or export the model again",
        Codes.OnnxGraphInvalid or Codes.OnnxShapeInvalid => "no runtime can execute this graph: export the model again, with another version of the exporter",
        Codes.OnnxExternalData => "the file and its data do not belong together, or are damaged: fetch all files of the model again",
        _ => "",
    };

    /// <summary>The help that a message has, or the usual one.</summary>
    public static string Or(string help, string code) => help.Length == 0 ? For(code) : help;
}
