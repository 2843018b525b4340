using System.Diagnostics;
using Flightc.Backend.Linking;
using Flightc.Caching;
using Flightc.Chat;
using Flightc.Checkpoints;
using Flightc.Cli.Caching;
using Flightc.Cli.Calibrating;
using Flightc.Cli.Commands;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Recipes;
using Flightc.Targets;

namespace Flightc.Cli.Compiling;

/// <summary>Compiles a model as a user wishes: opens, checks before any long work, compiles, writes.</summary>
/// <param name="invocation">Progress, interruption, and the report of a bug.</param>
internal sealed class CompileJob(Invocation invocation)
{
    private readonly DiagnosticBag _warnings = new();
    private readonly List<PassTime> _passes = [];

    /// <summary>Compiles; the image is there whole afterwards, or not at all.</summary>
    /// <exception cref="CompilationException">The user's wishes cannot be met, or the environment failed.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public CompileResult Run(CompileRequest request)
    {
        long start = Stopwatch.GetTimestamp();
        PassObserver observer = Observer(request);
        observer.ThrowIfUnknown(Compilation.PassNames);
        using CompileInputs inputs = CompileInputs.Open(request.Model, request.Target, request.Recipe, _warnings);
        using CacheFolder? cache = request.Cache?.Open();
        using IDisposable? unfinished = cache is null ? null : invocation.OnHardStop(cache.DeleteUnfinished);
        if (request.Until is null)
        {
            RequireWeights(inputs.Checkpoint);
            RequireOutput(request.Output, inputs);
        }

        Recipe recipe = request.Until is null
            ? CalibrationWishes.Follow(inputs.Recipe, request.Calibration is not null, "compile", _warnings)
            : inputs.Recipe;
        long began = Stopwatch.GetTimestamp();
        ImportedModel model = ProgressBar.Run(
            invocation.Output, "reading",
            _ => ModelImporter.Import(inputs.Checkpoint, hash: inputs.Checkpoint.HasWeights, request.MaxLength));
        _passes.Add(new PassTime("reading", Stopwatch.GetElapsedTime(began), BytesOf(model.Graph), "every weight hashed"));
        Report(model.Diagnostics);
        int contextLength = CompileInputs.ContextLength(
            model.Config, request.MaxLength, inputs.Checkpoint.ConfigPath, _warnings);
        invocation.Token.ThrowIfCancellationRequested();
        MaskJob masks = new(invocation);
        long searched = Stopwatch.GetTimestamp();
        Graph graph = masks.Apply(
            model, recipe, request, contextLength,
            request.Calibration is null ? [] : inputs.ReadTokenizer(model.Config, new DiagnosticBag()), cache);
        if (masks.Found is not null)
        {
            _passes.Add(new PassTime("masks", Stopwatch.GetElapsedTime(searched)));
        }

        CompiledProgram? compiled = Compilation.Compile(
            graph, inputs.Target, recipe, contextLength, observer, _warnings, request.SearchLimit, model.Weights, cache);
        Task<TimeSpan> proof = Prove(compiled, inputs.Target, request, cache);
        ImageManifest? manifest = compiled is null || request.Until is not null
            ? null
            : Link(model, compiled, inputs, recipe, request, cache, proof);
        _passes.Add(new PassTime("proof", proof.GetAwaiter().GetResult()));
        foreach (Diagnostic warning in cache?.Warnings ?? [])
        {
            _warnings.Add(warning);
        }

        return new CompileResult(manifest, compiled, [.. _warnings.Items], _passes, Stopwatch.GetElapsedTime(start), masks.Found)
        {
            Cache = cache is null ? null : new CacheUse(cache.Location, cache.Tallies),
        };
    }

    private static long BytesOf(Graph graph) =>
        graph.Weights.Sum(w => w.Type.Shape.Aggregate((long)TensorElements.Bytes(w.Type.Element), (product, dim) => product * dim.Size));

    // While weights are packed, unless that needs the only thread; an image is not finished without.
    private static Task<TimeSpan> Prove(CompiledProgram? compiled, Target target, CompileRequest request, CacheFolder? cache)
    {
        Task<TimeSpan> proof = new(() =>
        {
            long start = Stopwatch.GetTimestamp();
            if (compiled is not null)
            {
                Compilation.RequireProven(compiled, target, cache);
            }

            return Stopwatch.GetElapsedTime(start);
        });
        if (request.Until is not null || request.Threads == 1)
        {
            proof.RunSynchronously(TaskScheduler.Default);
        }
        else
        {
            proof.Start(TaskScheduler.Default);
        }

        return proof;
    }

    private PassObserver Observer(CompileRequest request)
    {
        DumpFolder? dumps = request.DumpFolder is null ? null : new DumpFolder(request.DumpFolder);
        invocation.Reproducer.Folder = request.DumpFolder ?? invocation.Reproducer.Folder;
        return new PassObserver
        {
            Until = request.Until,
            Dump = dumps is null ? null : dumps.Write,
            Reached = (file, text) =>
            {
                invocation.Token.ThrowIfCancellationRequested();
                invocation.Reproducer.Reached(file, text);
            },
            Timed = (pass, time) => _passes.Add(new PassTime(pass, time)),
        };
    }

    private ImageManifest Link(
        ImportedModel model, CompiledProgram compiled, CompileInputs inputs, Recipe recipe, CompileRequest request,
        CacheFolder? cache, Task proof)
    {
        string name = $"{model.Graph.Name}-{Quantity.Short(Compilation.WeightCount(model.Graph))}";
        byte[] generation = GenerationDefaults.Of(inputs.Checkpoint.GenerationConfigPath, model.Config).ToJson();
        ChatDefinition? chat = inputs.ReadChat(_warnings);
        bool isCalibrated = recipe.Compression.UsesCalibration;
        IReadOnlyList<string> files = [.. inputs.Files.Concat(chat is null ? [] : [chat.Location]).Concat(isCalibrated ? [request.Calibration!] : []).Concat(MaskJob.FilesOf(request, recipe)).Distinct()];
        WeightNotes notes = new();
        LinkRequest link = new(
            request.Output, inputs.Target, recipe, name, files,
            inputs.ReadTokenizer(model.Config, _warnings), generation, request.Threads, request.Plan)
        {
            Memory = MemoryLimit.Of(request.MaxMemory),
            Chat = chat?.ToJson() ?? [],
            Cache = cache,
            Note = notes.Add,
            Proof = proof,
        };
        using IDisposable cleanup = invocation.OnHardStop(() => DeletePartial(request.Output));
        using ImageWriter writer = Compilation.BeginImage(model, compiled, link);
        using CalibrationSource? calibration = isCalibrated ? OpenCalibration(model, compiled, inputs, recipe, request, cache) : null;
        ImageManifest manifest = Link(
            model, compiled, link with { Calibration = calibration?.Statistics, DigestOf = calibration is null ? null : calibration.DigestOf }, writer);
        notes.ReportTo(_warnings, model.Graph.Weights.Select(w => w.Name));
        return manifest;
    }

    private CalibrationSource OpenCalibration(
        ImportedModel model, CompiledProgram compiled, CompileInputs inputs, Recipe recipe, CompileRequest request, CacheFolder? cache)
    {
        long start = Stopwatch.GetTimestamp();
        CalibrationSource source = CalibrationSource.Open(
            request.Calibration!, request.Model, inputs.Checkpoint, model, request.Threads, _warnings, invocation, cache,
            recipe.Compression.UsesDerivatives);
        if (!source.IsFound && !MayHaveAll(compiled.Graph, recipe.Compression, source, cache!))
        {
            source.Require();
        }

        _passes.Add(new PassTime("calibration", Stopwatch.GetElapsedTime(start)));
        return source;
    }

    // Whether nobody will ask for statistics, unless an entry proves to be damaged. What migration does is not known before it has asked.
    private static bool MayHaveAll(Graph graph, CompressionWishes wishes, CalibrationSource source, CacheFolder cache)
    {
        TensorKeys keys = new(wishes, source.DigestOf, _ => "");
        return wishes.Migration == MigrationMethod.None && wishes.Rotation == RotationKind.None
            && graph.Weights.Select(keys.Of).OfType<CacheKey>().All(cache.MayHave);
    }

    private ImageManifest Link(ImportedModel model, CompiledProgram compiled, LinkRequest link, ImageWriter writer)
    {
        LinkTimes times = new();
        using MemoryWatch watch = new(link.Memory.Heap);
        long start = Stopwatch.GetTimestamp();
        ImageManifest manifest = ProgressBar.RunNamed(
            invocation.Output, "packing weights", progress => Compilation.Link(model, compiled, link, writer, new LinkOptions
            {
                Token = invocation.Token,
                Times = times,
                Progress = done => progress(done.Share, done.Name),
            }));
        _passes.Add(new PassTime(
            "compressing", times.Making, 0, $"{Quantity.Count(times.Weights)} weights; packing waited {Quantity.Time(times.Waiting)} for them"));
        _passes.Add(new PassTime("packing", times.Packing, times.Bytes, $"of which hashing and writing took threads {Quantity.Time(times.Writing)}"));
        _passes.Add(new PassTime("pack", Stopwatch.GetElapsedTime(start), new FileInfo(link.Output).Length, "compressing and packing at the same time"));
        return manifest;
    }

    private static void RequireWeights(HuggingFaceCheckpoint checkpoint)
    {
        if (!checkpoint.HasWeights)
        {
            throw new CompilationException(
                Codes.FileNotReadable,
                "there are no weights beside the configuration, and an image needs them",
                checkpoint.ConfigPath,
                "name a folder with safetensors files; 'flightc estimate' works without");
        }
    }

    /// <summary>Refuses at once what would fail after minutes of work, and what would destroy the model.</summary>
    private static void RequireOutput(string output, CompileInputs inputs)
    {
        string full = Path.GetFullPath(output);
        IEnumerable<string> read = inputs.Files.Concat(inputs.Checkpoint.Files.Select(f => f.Path));
        if (read.Any(path => Path.GetFullPath(path) == full))
        {
            throw new CompilationException(
                Codes.Usage, "the image would overwrite a file of the model", output,
                "name another file with -o");
        }

        string? folder = Path.GetDirectoryName(full);
        if (Directory.Exists(full) || !Directory.Exists(folder))
        {
            string what = Directory.Exists(full) ? "this is a folder" : "there is no such folder";
            throw new CompilationException(
                Codes.CannotWrite, $"cannot write the image: {what}",
                Directory.Exists(full) ? output : folder ?? output,
                "name a file in an existing folder with -o");
        }

        if (File.Exists(full) && !IsRegular(full))
        {
            throw new CompilationException(
                Codes.CannotWrite, "cannot write the image: a device or a pipe has that name, and the image would take its place", output,
                "name a file with -o; --until emit compiles without an image");
        }
    }

    // An image gets its name when it is whole, by renaming, which a privileged user can do to a device too.
    internal static bool IsRegular(string path)
    {
        // Nothing portable tells what a file is; some devices can be sought in.
        if (!OperatingSystem.IsWindows() && path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return file.CanSeek;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whether it can be replaced shows when it is.
            return true;
        }
    }

    private void Report(IEnumerable<Diagnostic> warnings)
    {
        foreach (Diagnostic warning in warnings)
        {
            _warnings.Warning(warning.Code, warning.Message, warning.Location, warning.Help);
        }
    }

    private static void DeletePartial(string output)
    {
        foreach (string file in PartialFiles.OfThisProcess(output))
        {
            File.Delete(file);
        }
    }
}
