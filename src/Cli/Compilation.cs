using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Flightc.Backend;
using Flightc.Backend.Emission;
using Flightc.Backend.Lengths;
using Flightc.Backend.Linking;
using Flightc.Caching;
using Flightc.Cli.Caching;
using Flightc.Cli.Compiling;
using Flightc.Cli.Estimating;
using Flightc.Compression;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Passes.Migration;
using Flightc.Passes.Tiling;
using Flightc.Recipes;
using Flightc.Schedules;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli;

/// <summary>Everything about a compilation that needs no weights.</summary>
/// <param name="Graph">After all passes.</param>
/// <param name="Schedule">Its mapping.</param>
/// <param name="Addresses">Where everything lies.</param>
/// <param name="Program">Its instructions.</param>
internal sealed record CompiledProgram(Graph Graph, Schedule Schedule, AddressMap Addresses, MachineProgram Program);

/// <summary>From a model to an image: the order of everything, in one place.</summary>
internal static class Compilation
{
    // The matrices of a layer of a large model.
    private const long MostIdleBytes = 256L << 20;

    /// <summary>The names of everything that <c>--until</c> can name, in order.</summary>
    public static IReadOnlyList<string> PassNames => [.. Pipeline.Names, "tile", "emit"];

    /// <summary>Graph → Schedule → Program. Null where the observer stops it before.</summary>
    /// <param name="graph">The float graph of a checkpoint.</param>
    /// <param name="target">The machine.</param>
    /// <param name="recipe">What is to become of the weights.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    /// <param name="observer">Dumps, times and stops.</param>
    /// <param name="warnings">Receives what is worth knowing.</param>
    /// <param name="searchLimit">The most candidates of the mapping's search; 0 for the mapping by rules.</param>
    /// <param name="weights">The checkpoint's, whose stored codes may be kept; null where only shapes count.</param>
    /// <param name="cache">Where the search's choice is kept; null for nowhere.</param>
    /// <exception cref="CompilationException">The model cannot be mapped onto the target.</exception>
    public static CompiledProgram? Compile(
        Graph graph, Target target, Recipe recipe, int contextLength, PassObserver observer, DiagnosticBag warnings,
        int searchLimit = MappingSearch.DefaultLimit, IWeights? weights = null, CacheFolder? cache = null)
    {
        graph = Quantize(graph, recipe, contextLength, observer, warnings, weights);
        if (observer.IsStopped)
        {
            return null;
        }

        long start = Stopwatch.GetTimestamp();
        ConcurrentDictionary<Schedule, (AddressMap Addresses, MachineProgram Program)> emitted = new(ReferenceEqualityComparer.Instance);
        MappingChoice choice = CachedMapping.Find(cache, graph, target, searchLimit, () => MappingSearch.Run(graph, target, searchLimit, (candidate, mix) =>
        {
            (AddressMap map, MachineProgram made) = emitted[candidate] = Emit(candidate);
            return SimulatedSeconds(new CycleModel(made, target, map.Work), mix);
        }));
        Schedule schedule = choice.Schedule;
        RequireValid("schedule", ScheduleVerifier.Verify(schedule));
        observer.Finished("tile", "schedule", () => ScheduleText.Print(schedule, choice.Reasons), Stopwatch.GetElapsedTime(start));
        if (observer.IsStopped)
        {
            return null;
        }

        start = Stopwatch.GetTimestamp();
        (AddressMap addresses, MachineProgram program) =
            emitted.TryGetValue(schedule, out (AddressMap, MachineProgram) known) ? known : Emit(schedule);
        observer.Finished("emit", "program", () => Assembly.Print(program), Stopwatch.GetElapsedTime(start));
        return new CompiledProgram(graph, schedule, addresses, program);
    }

    /// <summary>Proves that a program keeps the rules of its level: docs/isa.md §4. What does not fit its machine breaks the
    /// rules of the memory map, and is told to the user in his words.</summary>
    public static void RequireProven(CompiledProgram compiled, Target target, CacheFolder? cache = null)
    {
        bool fits = true;
        CheckFit(compiled, target, (_, _, _, _) => fits = false);
        if (fits)
        {
            IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>> popped = compiled.Addresses.PoppedWeightBytes;
            CachedProof.Require(cache, compiled.Program, popped, () => RequireValid("program", ProgramVerifier.Verify(compiled.Program, popped).Items));
        }
    }

    /// <summary>Graph → Schedule → Program by the rules of the mapping, without a search and without a proof: for looking at
    /// many machines.</summary>
    /// <param name="graph">Behind <see cref="Quantize"/>.</param>
    /// <param name="target">The machine.</param>
    /// <exception cref="CompilationException">The model cannot be mapped onto the target.</exception>
    public static CompiledProgram CompileByRules(Graph graph, Target target)
    {
        Schedule schedule = Tiler.Tile(graph, target.Geometry, target.MaxPrefillTokens);
        (AddressMap addresses, MachineProgram program) = Emit(schedule);
        return new CompiledProgram(graph, schedule, addresses, program);
    }

    private static (AddressMap Addresses, MachineProgram Program) Emit(Schedule schedule)
    {
        AddressMap addresses = AddressMap.Of(schedule);
        return (addresses, Emitter.Emit(schedule, addresses));
    }

    // The worse of the explanations that were fitted.
    private static double SimulatedSeconds(CycleModel model, MappingMix mix) =>
        new[] { Explanation.Barrier, Explanation.Load }.Max(explanation => mix.Seconds(
            tokens => SequenceTiming.Of(model, tokens, 0, explanation).Prefill.Sum(step => step.Seconds),
            past => model.Run(StepCase.Decode(past), explanation).Seconds));

    /// <summary>Graph → Graph: all passes before a machine matters.</summary>
    /// <param name="graph">The float graph of a checkpoint.</param>
    /// <param name="recipe">What is to become of the weights.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    /// <param name="observer">Dumps, times and stops.</param>
    /// <param name="warnings">Receives what is worth knowing.</param>
    /// <param name="weights">The checkpoint's, whose stored codes may be kept; null where only shapes count.</param>
    public static Graph Quantize(
        Graph graph, Recipe recipe, int contextLength, PassObserver observer, DiagnosticBag warnings, IWeights? weights = null) =>
        Pipeline.Run(
            MaskWishes.Apply(WithContext(graph, contextLength), recipe, contextLength, warnings),
            new PassContext { FormatOf = KeptCodes.Formats(graph, FormatsOf(graph, recipe, warnings), weights, recipe, warnings), CacheBits = recipe.CacheBits }, observer);

    /// <summary>Program → Image: packs the weights and writes the file, or leaves nothing behind.</summary>
    /// <param name="model">The checkpoint, understood.</param>
    /// <param name="compiled">What was compiled of it.</param>
    /// <param name="request">Names, files and limits.</param>
    /// <exception cref="CompilationException">As <see cref="BeginImage"/> and <see cref="Link(ImportedModel, CompiledProgram, LinkRequest, ImageWriter, LinkOptions)"/>.</exception>
    public static ImageManifest Link(ImportedModel model, CompiledProgram compiled, LinkRequest request)
    {
        using ImageWriter writer = BeginImage(model, compiled, request);
        return Link(model, compiled, request, writer, new LinkOptions());
    }

    /// <summary>Finds out whether memory and disk suffice, and claims the disk: before any long work. Writes all but the weights.</summary>
    /// <param name="model">The checkpoint, understood.</param>
    /// <param name="compiled">What was compiled of it.</param>
    /// <param name="request">Names, files and limits.</param>
    /// <returns>To be disposed of, which deletes the file unless it was finished.</returns>
    /// <exception cref="CompilationException">The image does not fit the card, memory is too small for a weight (FLC9003), or the file cannot be
    /// written (FLC9002).</exception>
    public static ImageWriter BeginImage(ImportedModel model, CompiledProgram compiled, LinkRequest request)
    {
        DiagnosticBag misfits = new();
        CheckFit(compiled, request.Target, misfits.Error);
        CheckFit(compiled, request.Target, request.Plan, misfits);
        misfits.ThrowIfErrors();
        _ = MemoryFor(compiled, request, out _);
        byte[] program = ProgramBinary.Write(compiled.Program);
        byte[] symbols = ProgramBinary.WriteSymbols(compiled.Program);
        LengthSections lengths = new(compiled.Program, request.Plan);
        ImageWriter writer = ImageWriter.Create(
            request.Output,
            Manifest(model, compiled, request),
            [
                (SectionNames.Program, program.Length), (SectionNames.Symbols, symbols.Length),
                (SectionNames.Tokenizer, request.Tokenizer.Length),
                (SectionNames.Generation, request.Generation.Length),
                .. request.Chat.Length > 0 ? [(SectionNames.Chat, (long)request.Chat.Length)] : Array.Empty<(string, long)>(),
                .. Linker.Sections(compiled.Schedule, compiled.Addresses), .. lengths.Sections,
            ]);
        try
        {
            writer.Write(SectionNames.Program, program);
            writer.Write(SectionNames.Symbols, symbols);
            writer.Write(SectionNames.Tokenizer, request.Tokenizer);
            writer.Write(SectionNames.Generation, request.Generation);
            if (request.Chat.Length > 0)
            {
                writer.Write(SectionNames.Chat, request.Chat);
            }

            lengths.Write(writer);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Packs the weights into an image that was begun, and finishes it.</summary>
    /// <param name="model">The checkpoint, understood.</param>
    /// <param name="compiled">What was compiled of it.</param>
    /// <param name="request">The same as of <see cref="BeginImage"/>, with what calibration found.</param>
    /// <param name="writer">The image; stays with the caller.</param>
    /// <param name="options">Interruption, progress, and who takes down the times; threads and memory are the request's.</param>
    /// <exception cref="CompilationException">A weight is not finite, memory is too small, or the file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static ImageManifest Link(
        ImportedModel model, CompiledProgram compiled, LinkRequest request, ImageWriter writer, LinkOptions options)
    {
        CompressionWishes wishes = request.Recipe.Compression;
        MigratedModel migrated = MigratedModel.Of(
            compiled.Graph, weight => weight.Format, model.Weights, request.Calibration, wishes, request.Threads, request.Note);
        long memory = MemoryFor(compiled, request, out long needed);

        // What is made and waits, and beside it what is kept to be used again.
        long idle = Math.Clamp(memory - (2 * needed), 0, Math.Min(memory / 4, MostIdleBytes));
        MatrixPool pool = new(idle);
        CompressedWeights Made(Action<string, string>? note) => new(compiled.Graph, migrated.Weights, wishes, migrated.Calibration)
        {
            Threads = request.Threads,
            Note = note,
            Pool = pool,
            Token = options.Token,
        };
        IQuantizedWeights quantized = request.Cache is { } cache
            ? new CachedWeights(
                cache, new TensorKeys(wishes, request.DigestOf, migrated.ChangeOf), compiled.Graph, migrated.Weights, pool, request.Note, Made)
            : Made(request.Note);
        Linker.Write(
            compiled.Schedule, compiled.Addresses, migrated.Weights, quantized, writer.Section,
            options with { Threads = request.Threads, MatrixBytes = memory - idle });
        request.Proof.GetAwaiter().GetResult();
        return writer.Commit();
    }

    // Bytes for matrices; fails where the largest needs more.
    private static long MemoryFor(CompiledProgram compiled, LinkRequest request, out long needed)
    {
        Dictionary<string, Weight> described = compiled.Graph.Weights.ToDictionary(w => w.Name);
        (string largest, needed) = Linker.LargestNeed(compiled.Schedule, name => MatrixCosts.Of(described[name], request.Recipe.Compression));
        return request.Memory.ForMatrices(largest, needed);
    }

    /// <summary>Reports what does not fit the card's memories.</summary>
    /// <param name="compiled">The program.</param>
    /// <param name="target">The machine.</param>
    /// <param name="report">Takes code, message, location and help: an error where an image is wanted, a
    /// warning where not.</param>
    public static void CheckFit(
        CompiledProgram compiled, Target target, Action<string, string, string, string> report)
    {
        long channel = compiled.Addresses.ChannelBytesUsed;
        if (channel > target.Geometry.ChannelBytes)
        {
            report(
                Codes.DoesNotFit,
                $"weights and KV cache take {channel} bytes of a memory channel that holds {target.Geometry.ChannelBytes}: "
                + $"{compiled.Program.Memory.WeightBytes} of weights and {compiled.Program.Memory.CacheBytes} for {compiled.Schedule.ContextLength} tokens",
                target.Name,
                "use a smaller --max-length, fewer bits, or a target with more memory");
        }

        if (compiled.Addresses.DdrBytesUsed > target.Geometry.DdrBytes)
        {
            report(
                Codes.DoesNotFit,
                $"tables and logits take {compiled.Addresses.DdrBytesUsed} bytes of DDR that holds {target.Geometry.DdrBytes}",
                target.Name,
                "use a smaller --max-length, or a target with more memory");
        }
    }

    /// <summary>Reports programs that do not fit beside the tables.</summary>
    private static void CheckFit(CompiledProgram compiled, Target target, LengthPlan plan, DiagnosticBag misfits)
    {
        LengthPrograms programs = new(compiled.Program);
        double bytes = programs.Steps(plan).Sum(step => (double)programs.BytesFor(plan, step));
        if (bytes + compiled.Addresses.DdrBytesUsed > target.Geometry.DdrBytes)
        {
            misfits.Error(
                Codes.DoesNotFit,
                $"the programs of the length plan '{LengthPlans.NameOf(plan)}' take {bytes:F0} bytes of DDR that holds {target.Geometry.DdrBytes}, of which tables and logits take {compiled.Addresses.DdrBytesUsed}",
                target.Name, "use length registers, which is what is done without --length-plan, or a smaller --max-length");
        }
    }

    /// <summary>Weights of a model; a tied matrix counts once.</summary>
    public static long WeightCount(Graph graph) =>
        graph.Weights.Sum(w => w.Type.Shape.Aggregate(1L, (product, dim) => product * dim.Size));

    /// <summary>Bytes of all sections that hold weights, padding and scales included.</summary>
    public static long WeightBytes(CompiledProgram compiled) => WeightBytes(compiled.Graph, compiled.Schedule, compiled.Addresses);

    /// <summary>The same of what has no program yet.</summary>
    public static long WeightBytes(Graph graph, Schedule schedule, AddressMap addresses)
    {
        (string Name, long Bytes)[] memory = [.. Linker.Sections(schedule, addresses)];

        // A tied matrix lies in the table as rows and in the streams as tiles; it is one matrix, and the
        // streams are counted.
        bool isTied = graph.Nodes.Where(n => n.Op is Embedding)
            .All(n => graph.NameOf(n.Operands[1]) == graph.NameOf(HeadOf(graph).Operands[1]));
        long tables = memory[0].Bytes - (isTied ? addresses.Tables.EmbeddingBytes : 0) - addresses.Tables.RotaryBytes;
        return memory.Skip(1).Sum(m => m.Bytes) + tables;
    }

    // Logits may be capped behind the product that makes them.
    private static Node HeadOf(Graph graph) => graph.NodeOf(graph.Outputs[0]) is { Op: SoftCap } cap
        ? graph.NodeOf(cap.Operands[0])!
        : graph.NodeOf(graph.Outputs[0])!;

    /// <summary>
    /// What we made must keep the rules of its level: anything else is a mistake of ours, not of the user.
    /// </summary>
    private static void RequireValid(string artefact, IReadOnlyList<Diagnostic> findings)
    {
        if (findings.Any(f => f.Severity == Severity.Error))
        {
            throw new InvalidOperationException($"the {artefact} breaks a rule:\n{string.Join('\n', findings)}");
        }
    }

    private static Graph WithContext(Graph graph, int contextLength) =>
        new(graph.Name, contextLength, graph.Inputs, graph.Weights, graph.Nodes, graph.Outputs);

    private static Func<Weight, QuantizedFormat?> FormatsOf(Graph graph, Recipe recipe, DiagnosticBag warnings)
    {
        HashSet<string> embeddings = [.. graph.Nodes.Where(n => n.Op is Embedding).Select(n => graph.NameOf(n.Operands[1]))];
        HashSet<string> heads = [.. graph.Outputs.Select(graph.NodeOf).OfType<Node>().Where(n => n.Op is Linear).Select(n => graph.NameOf(n.Operands[1]))];
        recipe.ReportIdleRules(
            [.. graph.Weights.Where(w => w.Type.Shape.Count == 2 && (!embeddings.Contains(w.Name) || heads.Contains(w.Name))).Select(w => w.Name)],
            warnings);
        return weight => recipe.FormatOf(weight.Name, embeddings.Contains(weight.Name), heads.Contains(weight.Name));
    }

    private static ImageManifest Manifest(
        ImportedModel model, CompiledProgram compiled, LinkRequest request)
    {
        ModelConfig config = model.Config;
        Dictionary<string, double> numbers = new()
        {
            ["vocabulary_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["layers"] = config.LayerCount,
            ["heads"] = config.HeadCount,
            ["kv_heads"] = config.KeyValueHeadCount,
            ["head_dim"] = config.HeadSize,
            ["rope_theta"] = config.RopeTheta,
        };

        return new ImageManifest(
            ToolVersion.Current, MachineProgram.IsaVersion, compiled.Program.Geometry, request.Recipe,
            new ManifestModel(request.ModelName, config.Architecture, numbers), compiled.Schedule.ContextLength,
            WeightCount(compiled.Graph), WeightBytes(compiled),
            [.. request.Inputs.Order(StringComparer.Ordinal).Select(path => new ManifestInput(Path.GetFileName(path), HashOf(path)))],
            [
                .. compiled.Graph.Weights.Select(w =>
                    new ManifestWeight(
                        w.Name, [.. w.Type.Shape.Select(d => d.Size)], w.Format?.ToString() ?? "f32",
                        w.Hash)),
            ],
            []);
    }

    private static string HashOf(string path)
    {
        using FileStream stream = InputFile.Open(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>What linking needs beside model and program.</summary>
/// <param name="Output">Path of the image.</param>
/// <param name="Target">The machine.</param>
/// <param name="Recipe">The recipe that was used.</param>
/// <param name="ModelName">A name for people.</param>
/// <param name="Inputs">Small files that were read, such as config.json; their names and hashes go into the
/// manifest.</param>
/// <param name="Tokenizer">tokenizer.json, or nothing.</param>
/// <param name="Generation">defaults of generation, as JSON, or nothing.</param>
/// <param name="Threads">The most threads to use; -1 for all cores.</param>
/// <param name="Plan">Whose programs the image has beside the one with length registers.</param>
internal sealed record LinkRequest(
    string Output, Target Target, Recipe Recipe, string ModelName, IReadOnlyList<string> Inputs,
    byte[] Tokenizer, byte[] Generation,
    int Threads, LengthPlan Plan = LengthPlan.Registers)
{
    /// <summary>The chat template and special tokens, as JSON, or nothing.</summary>
    public byte[] Chat { get; init; } = [];

    /// <summary>What is known of the model's activations; null for nothing.</summary>
    public ICalibration? Calibration { get; init; }

    /// <summary>Ends when the program is proven; an image is not finished before.</summary>
    public Task Proof { get; init; } = Task.CompletedTask;

    /// <summary>How much memory may be used.</summary>
    public MemoryLimit Memory { get; init; } = MemoryLimit.Of(null);

    /// <summary>Hash of what calibration found of a weight, by role; null where there is no calibration.</summary>
    public Func<string, string>? DigestOf { get; init; }

    /// <summary>Where matrices are kept; null for nowhere.</summary>
    public CacheFolder? Cache { get; init; }

    /// <summary>Told the role of a weight and what a user should know about it; from any thread.</summary>
    public Action<string, string>? Note { get; init; }
}
