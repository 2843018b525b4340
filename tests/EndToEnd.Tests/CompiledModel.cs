using System.Runtime.InteropServices;
using Flightc.Backend;
using Flightc.Backend.Emission;
using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Passes.Tiling;
using Flightc.Runtime.Devices;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>A checkpoint compiled in memory, with every artefact at hand.</summary>
internal sealed unsafe class CompiledModel : IDisposable
{
    private readonly HuggingFaceCheckpoint? _checkpoint;
    private readonly List<nint> _allocated = [];

    public CompiledModel(string folder, Geometry geometry, QuantizedFormat body, QuantizedFormat head, int? contextLength = null, int cacheBits = 8)
        : this(folder, geometry, w => w.Name is "embed.weight" or "head.weight" ? head : body, contextLength: contextLength, cacheBits: cacheBits)
    {
    }

    public CompiledModel(string folder, Geometry geometry, Func<Weight, QuantizedFormat> formats, int maxTokens = 128, int? contextLength = null, MappingOptions? options = null, AttentionMasks? masks = null, int cacheBits = 8)
        : this(Import(folder, contextLength), geometry, formats, maxTokens, options, masks, cacheBits)
    {
    }

    /// <summary>Compiles a Graph that was made otherwise.</summary>
    public CompiledModel(
        Graph graph, IWeights weights, Geometry geometry, Func<Weight, QuantizedFormat> formats, int maxTokens = 128, MappingOptions? options = null,
        AttentionMasks? masks = null, int cacheBits = 8)
        : this((graph, weights, null), geometry, formats, maxTokens, options, masks, cacheBits)
    {
    }

    private CompiledModel(
        (Graph Graph, IWeights Weights, HuggingFaceCheckpoint? Checkpoint) model, Geometry geometry, Func<Weight, QuantizedFormat> formats, int maxTokens,
        MappingOptions? options, AttentionMasks? masks, int cacheBits)
    {
        _checkpoint = model.Checkpoint;
        Graph graph = masks?.ApplyTo(model.Graph) ?? model.Graph;
        Float = graph;
        Weights = model.Weights;
        Quantized = Pipeline.Run(graph, new PassContext { FormatOf = w => formats(w), CacheBits = cacheBits }, new PassObserver());
        Matrices = new RoundToNearestWeights(Quantized, Weights);
        Schedule = Tiler.Tile(Quantized, geometry, maxTokens, options);
        Addresses = AddressMap.Of(Schedule);
        Program = Emitter.Emit(Schedule, Addresses);
        ProgramVerifier.Verify(Program, Addresses.PoppedWeightBytes).ThrowIfErrors();
        foreach ((string name, long bytes) in Linker.Sections(Schedule, Addresses))
        {
            Sections[name] = new MemoryStream(new byte[bytes]);
        }

        Linker.Write(Schedule, Addresses, Weights, Matrices, name => Sections[name]);
    }

    public Graph Float { get; }

    public Graph Quantized { get; }

    public IWeights Weights { get; }

    public IQuantizedWeights Matrices { get; }

    public Schedule Schedule { get; }

    public AddressMap Addresses { get; }

    public MachineProgram Program { get; }

    public Dictionary<string, MemoryStream> Sections { get; } = [];

    public DeviceMemory NewMemory() => new(
        Program,
        [.. Enumerable.Range(0, Program.Geometry.Channels).Select(c => Region(SectionNames.Bank(c)))],
        Region(SectionNames.Tables));

    public void Dispose()
    {
        foreach (nint pointer in _allocated)
        {
            NativeMemory.Free((void*)pointer);
        }

        _checkpoint?.Dispose();
    }

    private static (Graph, IWeights, HuggingFaceCheckpoint?) Import(string folder, int? contextLength)
    {
        HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        Graph graph = contextLength is { } length
            ? new Graph(model.Graph.Name, length, model.Graph.Inputs, model.Graph.Weights, model.Graph.Nodes, model.Graph.Outputs)
            : model.Graph;
        return (graph, model.Weights, checkpoint);
    }

    private MemoryRegion Region(string section)
    {
        byte[] bytes = Sections[section].ToArray();
        nint pointer = (nint)NativeMemory.Alloc((nuint)bytes.Length + 64);
        _allocated.Add(pointer);
        Marshal.Copy(bytes, 0, pointer, bytes.Length);
        return new MemoryRegion(pointer, bytes.Length);
    }
}
