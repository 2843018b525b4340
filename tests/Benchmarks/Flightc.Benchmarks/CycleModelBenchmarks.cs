using BenchmarkDotNet.Attributes;
using Flightc.Backend.Emission;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Tiling;
using Flightc.Schedules;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Benchmarks;

/// <summary>The cycle model on the whole program of LLaMA2-7B's shape: one decode step, one prefill step.</summary>
public class CycleModelBenchmarks
{
    private CycleModel? _model;

    /// <summary>Compiles the program from the bare configuration.</summary>
    [GlobalSetup]
    public void Compile()
    {
        Target target = new TargetCatalog(SourceTree.At("configs", "targets")).Find("u280");
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(SourceTree.At("samples", "shapes", "llama2-7b.json"), new DiagnosticBag());
        Graph graph = ModelImporter.Import(checkpoint, hash: false).Graph;
        graph = new Graph(graph.Name, 2048, graph.Inputs, graph.Weights, graph.Nodes, graph.Outputs);
        PassContext formats = new() { FormatOf = _ => new QuantizedFormat(4, 64) };
        Schedule schedule = Tiler.Tile(Pipeline.Run(graph, formats, new PassObserver()), target.Geometry, target.MaxPrefillTokens);
        AddressMap addresses = AddressMap.Of(schedule);
        _model = new CycleModel(Emitter.Emit(schedule, addresses), target, addresses.Work);
    }

    /// <summary>A token after 512 others.</summary>
    [Benchmark]
    public StepTiming Decode() => _model!.Run(StepCase.Decode(512), Explanation.None);

    /// <summary>64 tokens of a prompt, from the first on.</summary>
    [Benchmark]
    public StepTiming Prefill() => _model!.Run(StepCase.Prefill(0, 64, isLast: true), Explanation.None);
}
