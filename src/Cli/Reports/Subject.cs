using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Runtime;
using Flightc.Schedules;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>A program that is looked at: of a model, mapped without its weights, or of an image.</summary>
internal sealed class Subject : IDisposable
{
    private readonly IDisposable _owned;
    private readonly Func<string, string> _hash;
    private CycleModel? _model;

    private Subject(IDisposable owned, Func<string, string> hash) => (_owned, _hash) = (owned, hash);

    /// <summary>What was named.</summary>
    public required string Path { get; init; }

    /// <summary>A name of the model for people.</summary>
    public required string Name { get; init; }

    /// <summary>Its architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Name of the recipe.</summary>
    public required string Recipe { get; init; }

    /// <summary>The program, with names and origins.</summary>
    public required MachineProgram Program { get; init; }

    /// <summary>The machine; null where only the image names it and it is not installed here as it was.</summary>
    public required Target? Target { get; init; }

    /// <summary>The weights, in the model's order.</summary>
    public required IReadOnlyList<SubjectWeight> Weights { get; init; }

    /// <summary>The weight streams.</summary>
    public required ITileSource Tiles { get; init; }

    /// <summary>Places in scratch, by address.</summary>
    public required IReadOnlyList<ScratchArea> Scratch { get; init; }

    /// <summary>What is worth knowing about a model; nothing for an image, which was compiled with it.</summary>
    public required IReadOnlyList<Diagnostic> Warnings { get; init; }

    /// <summary>Whether it is an image.</summary>
    public required bool IsImage { get; init; }

    /// <summary>Times its steps.</summary>
    /// <exception cref="InvalidOperationException">There is no <see cref="Target"/>.</exception>
    public CycleModel Model => _model ??= new CycleModel(
        Program, Target ?? throw new InvalidOperationException("the machine is not known"), Tiles.Work);

    /// <summary>Opens a model or an image.</summary>
    /// <param name="request">Model or image, target, recipe, length. For an image the target may be empty: then
    /// it is the one that the image names.</param>
    /// <param name="invocation">Progress and interruption.</param>
    /// <param name="regions">The schedule's regions, where an image has just been made of one.</param>
    /// <exception cref="CompilationException">It cannot be opened or mapped; the target is not the image's
    /// (FLC4004).</exception>
    public static Subject Open(CompileRequest request, Invocation invocation, IReadOnlyList<Region>? regions = null) =>
        ModelFile.IsImage(request.Model)
            ? OfImage(request.Model, request.Target, invocation, regions)
            : OfModel(request, invocation);

    /// <summary>SHA-256 of a weight's data; empty where there are no data. Of a model it reads the data.</summary>
    public string HashOf(SubjectWeight weight) => weight.Sha256.Length > 0 ? weight.Sha256 : _hash(weight.Role);

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    private static Subject OfModel(CompileRequest request, Invocation invocation)
    {
        DiagnosticBag warnings = new();
        CompileInputs inputs = CompileInputs.Open(request.Model, request.Target, request.Recipe, warnings);
        try
        {
            ImportedModel model = ModelImporter.Import(inputs.Checkpoint, hash: false, request.MaxLength);
            int length = CompileInputs.ContextLength(model.Config, request.MaxLength, inputs.Checkpoint.ConfigPath, warnings);
            PassObserver observer = new() { Reached = (_, _) => invocation.Token.ThrowIfCancellationRequested() };
            CompiledProgram compiled = Compilation.Compile(
                model.Graph, inputs.Target, inputs.Recipe, length, observer, warnings, request.SearchLimit, model.Weights)!;
            Func<string, string> hash = inputs.Checkpoint.HasWeights ? model.Weights.HashOf : _ => "";
            return new Subject(inputs, hash)
            {
                Path = request.Model,
                Name = ModelFile.NameOf(request.Model),
                Architecture = model.Config.Architecture,
                Recipe = inputs.Recipe.Name,
                Program = compiled.Program,
                Target = inputs.Target,
                Weights =
                [
                    .. compiled.Graph.Weights.Select(w => new SubjectWeight(
                        w.Name, w.Source, [.. w.Type.Shape.Select(d => d.Size)], w.Format?.ToString() ?? "f32", w.Hash)),
                ],
                Tiles = new LayoutTiles(compiled.Schedule, compiled.Addresses),
                Scratch = ScratchAreas.Of(compiled.Schedule.Regions),
                Warnings = warnings.Items,
                IsImage = false,
            };
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    private static Subject OfImage(string path, string target, Invocation invocation, IReadOnlyList<Region>? regions)
    {
        LoadedImage image = LoadedImage.Open(path, withSymbols: true);
        try
        {
            ImageManifest manifest = image.Image.Manifest;
            Dictionary<string, string> sources = CheckpointNames.Of(manifest);
            ImageTiles tiles = ProgressBar.Run(
                invocation.Output, "reading tile headers", progress => ImageTiles.Read(image, share =>
                {
                    invocation.Token.ThrowIfCancellationRequested();
                    progress(share);
                }));

            // Only a program that keeps the rules comes to its end, in the model as on the card.
            ProgramVerifier.Verify(
                image.Program, [.. tiles.Work.Cores.Select(core => core.Select(p => p.Channels.Select(c => c.Bytes).ToArray()).ToArray())])
                .ThrowIfErrors();
            return new Subject(image, _ => "")
            {
                Path = path,
                Name = manifest.Model.Name,
                Architecture = manifest.Model.Architecture,
                Recipe = manifest.Recipe.Name,
                Program = image.Program,
                Target = MachineOf(image.Program.Geometry, target, path),
                Weights =
                [
                    .. manifest.Weights.Select(w => new SubjectWeight(
                        w.Role, sources.GetValueOrDefault(w.Role, ""), w.Shape, w.Format, w.Sha256)),
                ],
                Tiles = tiles,
                Scratch = regions is null ? ScratchAreas.Of(image.Program) : ScratchAreas.Of(regions),
                Warnings = [],
                IsImage = true,
            };
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private static Target? MachineOf(Geometry geometry, string name, string path)
    {
        TargetCatalog catalog = new();
        if (name.Length == 0 && !catalog.Names.Contains(geometry.Target))
        {
            return null;
        }

        Target target = catalog.Find(name.Length == 0 ? geometry.Target : name);
        Geometry machine = target.Geometry;

        // A program has pages of its own size, which suit its streams.
        bool isSame = machine.Cores.SequenceEqual(geometry.Cores)
            && machine with { Target = geometry.Target, Cores = geometry.Cores, PageBytes = geometry.PageBytes } == geometry;
        if (!isSame && name.Length > 0)
        {
            throw new CompilationException(
                Codes.ImageMismatch,
                $"the image is for another machine than '{target.Name}': its channels, memories or rings differ from those of '{geometry.Target}' in the image",
                path, "name the target that it was compiled for");
        }

        return isSame ? target : null;
    }
}
