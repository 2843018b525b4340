using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Writing;

namespace Flightc.Export;

/// <summary>Writes what <see cref="GraphExport"/> built.</summary>
public static class ExportFile
{
    /// <summary>Writes a model, with its larger constants in a file beside it; both are there whole afterwards, or neither.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="model">Its constants are read one by one as they are written.</param>
    /// <param name="progress">Told the share of the constants' bytes that is written, 0 … 1; may be null.</param>
    /// <exception cref="Diagnostics.CompilationException">A file cannot be written (FLC9002), or a weight cannot be read or is not finite (FLC1007).</exception>
    /// <exception cref="OperationCanceledException"><paramref name="progress"/> threw it; nothing is left behind.</exception>
    public static void Write(string path, OnnxModel model, Action<double>? progress = null) =>
        OnnxWriter.Write(path, ModelMessage.Of(model), Told(model, progress));

    /// <summary>A model with all constants within, as one message.</summary>
    /// <param name="model">Less than 2 GiB.</param>
    public static ModelProto ToMessage(OnnxModel model)
    {
        ModelProto message = ModelMessage.Of(model);
        message.Graph.Initializer.Add(model.Graph.Initializers.Values.Select(OnnxWriter.ToProto));
        return message;
    }

    private static IEnumerable<OnnxTensor> Told(OnnxModel model, Action<double>? progress)
    {
        double all = Math.Max(1, model.Graph.Initializers.Values.Sum(t => (double)t.Data.Length));
        double done = 0;
        foreach (OnnxTensor constant in model.Graph.Initializers.Values)
        {
            yield return constant;
            done += constant.Data.Length;
            progress?.Invoke(Math.Min(1, done / all));
        }
    }
}
