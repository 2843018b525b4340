using Flightc.Diagnostics;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Reads <c>.onnx</c> files.</summary>
/// <remarks>
/// The file is mapped and its wire format scanned; data of tensors stay where they are, in the file or in files beside it, so time and memory follow the number
/// of nodes and tensors and not the size of the weights. What comes out obeys every rule of <see cref="OnnxGraph"/>; whether operators exist and have the attributes they need is
/// the next question (<c>ModelCheck</c>). Everything is untrusted: lengths, nesting, names, paths and counts are checked before they are used.
/// </remarks>
public static class OnnxReader
{
    /// <summary>The first opset of the standard whose operators are known.</summary>
    public const int MinOpset = 7;

    /// <summary>The last one.</summary>
    public const int MaxOpset = 28;

    /// <summary>Reads a model.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CompilationException">Everything that is wrong with it (FLC1001, FLC15xx).</exception>
    public static OnnxModel Read(string path)
    {
        DiagnosticBag bag = new();
        OnnxModel? model = Read(path, bag);
        bag.ThrowIfErrors();
        return model!;
    }

    /// <summary>Reads a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bag">Takes everything that is wrong with it, and warnings.</param>
    /// <returns>Null where there is an error. Owns the mapped files.</returns>
    public static OnnxModel? Read(string path, DiagnosticBag bag) => Guarded(path, bag, () => MappedSource.Open(path), () => new ExternalData(path));

    /// <summary>Reads a model that is in memory; it has no files beside it.</summary>
    /// <param name="bytes">The whole file; not copied.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="bag">Takes everything that is wrong with it, and warnings.</param>
    /// <returns>Null where there is an error.</returns>
    public static OnnxModel? Read(ReadOnlyMemory<byte> bytes, string name, DiagnosticBag bag) =>
        Guarded(name, bag, () => new MemorySource(bytes), () => new ExternalData(null));

    /// <summary>Reads one tensor: a TensorProto by itself, such as the <c>.pb</c> files of the ONNX project's tests.</summary>
    /// <param name="bytes">The whole message; not copied.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="CompilationException">It is none (FLC15xx).</exception>
    public static OnnxTensor ReadTensor(ReadOnlyMemory<byte> bytes, string name)
    {
        DiagnosticBag bag = new();
        using ExternalData external = new(null);
        OnnxTensor tensor = new TensorReader(external, new Problems(bag, name)).Read(new WireReader(new MemorySource(bytes), name, "TensorProto"));
        bag.ThrowIfErrors();
        return tensor;
    }

    private static OnnxModel? Guarded(string path, DiagnosticBag bag, Func<ByteSource> open, Func<ExternalData> beside)
    {
        ByteSource? source = null;
        ExternalData? external = null;
        OnnxModel? model = null;
        try
        {
            source = open();
            external = beside();
            model = Read(source, external, path, bag);
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic problem in e.Diagnostics)
            {
                bag.Add(problem);
            }
        }
        finally
        {
            if (model is null)
            {
                external?.Dispose();
                source?.Dispose();
            }
        }

        return model;
    }

    private static OnnxModel? Read(ByteSource source, ExternalData external, string path, DiagnosticBag bag)
    {
        if (OnnxSniffer.Explain(source) is { } other)
        {
            throw new CompilationException(Codes.OnnxInvalid, $"this is no ONNX model: the file is {other.What}", path, other.Help);
        }

        Problems problems = new(bag, path);
        try
        {
            GraphReader graphs = new(new TensorReader(external, problems), problems);
            RawModel raw = new ModelReader(graphs, problems).Read(new WireReader(source, path, "ModelProto"));
            OpsetRules opsets = new(problems);
            opsets.CheckModel(raw);
            if (raw.Graph is null)
            {
                problems.Error(Codes.OnnxInvalid, "the model has no graph", "the file is no ONNX model, or cut short: fetch it again");
                return null;
            }

            FunctionInliner.Run(raw, raw.Graph, problems);
            OnnxGraph graph = new GraphAssembler(problems, opsets).Assemble(raw.Graph);
            string producer = $"{raw.ProducerName} {raw.ProducerVersion}".Trim();
            SortedDictionary<string, int> imported = new(raw.Opsets.ToDictionary(), StringComparer.Ordinal);
            return problems.Any ? null : new OnnxModel(path, graph, raw.IrVersion, imported, producer, raw.Metadata, [external, source]) { Checksums = external.Checksums };
        }
        finally
        {
            problems.Finish();
        }
    }
}
