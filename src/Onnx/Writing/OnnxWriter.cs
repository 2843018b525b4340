using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx.Proto;
using Google.Protobuf;

namespace Flightc.Onnx.Writing;

/// <summary>Writes <c>.onnx</c> files: a model, and a file of weights beside it.</summary>
/// <remarks>
/// Weights are streamed from where they are, one piece after the other, so a model may be larger than memory. Those of some size go to <c>NAME.data</c> beside the model,
/// at offsets that are multiples of 4096, as the format recommends for mapping. Both files are written under other names and renamed when they are whole: the data first, so
/// that a model never names data that are not there; where anything fails neither is left. The same model gives the same bytes.
/// </remarks>
public static class OnnxWriter
{
    /// <summary>Tensors from here on go to the file of weights: below, a page of padding would outweigh them.</summary>
    public const long DefaultExternalBytes = 1024;

    private const string DataSuffix = ".data";
    private const long Alignment = 4096;
    private const int PieceBytes = 1 << 20;

    // A protobuf message ends at 2 GiB; graph and names need some of it.
    private const long MaxInlineBytes = int.MaxValue - (1L << 26);

    /// <summary>Writes a model.</summary>
    /// <param name="path">Where to; what is there is replaced at the end.</param>
    /// <param name="model">Everything but the weights. Its graph is given one initializer for each of them.</param>
    /// <param name="weights">Initializers; taken one by one, in the order of the file.</param>
    /// <param name="externalBytes">Weights of as many bytes and more go to <c>path.data</c>; <see cref="long.MaxValue"/> for one file, which can have 2 GiB.</param>
    /// <exception cref="CompilationException">A file cannot be written (FLC9002), or a weight cannot be read.</exception>
    public static void Write(string path, ModelProto model, IEnumerable<OnnxTensor> weights, long externalBytes = DefaultExternalBytes)
    {
        (string partialModel, string partialData) = Partial(path);
        try
        {
            bool hasData = WriteWeights(partialData, Path.GetFileName(path) + DataSuffix, model.Graph, weights, externalBytes);
            using (FileStream file = new(partialModel, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                model.WriteTo(file);
            }

            Rename(path, partialModel, hasData ? partialData : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CompilationException(Codes.CannotWrite, $"cannot write the model: {e.Message}", path, "free space, or name another place", e);
        }
        finally
        {
            DeleteIfThere(partialModel);
            DeleteIfThere(partialData);
        }
    }

    /// <summary>Names of files that exist while <see cref="Write"/> works, for those who have to end at once and want to leave nothing.</summary>
    public static IReadOnlyList<string> PartialPaths(string path)
    {
        (string model, string data) = Partial(path);
        return [model, data];
    }

    /// <summary>A tensor as a message that has its data within.</summary>
    /// <param name="tensor">At most 2 GiB.</param>
    public static TensorProto ToProto(OnnxTensor tensor)
    {
        TensorProto proto = Describe(tensor);
        byte[] bytes = new byte[tensor.Data.Length];
        tensor.Data.Read(0, bytes);
        proto.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        return proto;
    }

    // Whether there is any data file.
    private static bool WriteWeights(string partialData, string location, GraphProto graph, IEnumerable<OnnxTensor> weights, long externalBytes)
    {
        FileStream? data = null;
        long inline = 0;
        try
        {
            foreach (OnnxTensor weight in weights)
            {
                if (weight.Data.Length < externalBytes)
                {
                    inline += weight.Data.Length;
                    if (inline > MaxInlineBytes)
                    {
                        throw new CompilationException(
                            Codes.CannotWrite, $"the weights within the model have more than {MaxInlineBytes} bytes; a protobuf message ends at 2 GiB", location,
                            "let weights go to a file of their own");
                    }

                    graph.Initializer.Add(ToProto(weight));
                    continue;
                }

                data ??= new FileStream(partialData, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
                long offset = (data.Position + Alignment - 1) / Alignment * Alignment;
                data.Position = offset;
                Copy(weight.Data, data);
                graph.Initializer.Add(Refer(weight, location, offset));
            }

            return data is not null;
        }
        finally
        {
            data?.Dispose();
        }
    }

    private static TensorProto Refer(OnnxTensor tensor, string location, long offset)
    {
        TensorProto proto = Describe(tensor);
        proto.DataLocation = TensorProto.Types.DataLocation.External;
        proto.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        proto.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
        proto.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = tensor.Data.Length.ToString(CultureInfo.InvariantCulture) });
        return proto;
    }

    private static TensorProto Describe(OnnxTensor tensor)
    {
        TensorProto proto = new() { Name = tensor.Name, DataType = (int)tensor.ElementType };
        proto.Dims.AddRange(tensor.Shape);
        return proto;
    }

    private static void Copy(ITensorBytes bytes, FileStream file)
    {
        byte[] piece = new byte[Math.Min(PieceBytes, bytes.Length)];
        for (long at = 0; at < bytes.Length; at += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, bytes.Length - at));
            bytes.Read(at, part);
            file.Write(part);
        }
    }

    private static void Rename(string path, string partialModel, string? partialData)
    {
        if (partialData is not null)
        {
            File.Move(partialData, path + DataSuffix, overwrite: true);
        }

        try
        {
            File.Move(partialModel, path, overwrite: true);
        }
        catch (Exception) when (partialData is not null)
        {
            DeleteIfThere(path + DataSuffix);
            throw;
        }
    }

    private static (string Model, string Data) Partial(string path) =>
        ($"{path}.{Environment.ProcessId}.partial", $"{path}{DataSuffix}.{Environment.ProcessId}.partial");

    private static void DeleteIfThere(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // What is to be told has been told; a file that cannot be deleted is left.
        }
    }
}
