using Flightc.Checkpoints;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Layers;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Reference;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Evaluation;
using Flightc.Texts;
using Flightc.Tokenizers;

namespace Flightc.Cli.Running;

/// <summary>Measures images on a text, records side by side.</summary>
/// <remarks>Every worker has devices of its own; weights are shared. No number depends on how many workers
/// there are.</remarks>
internal sealed class EvalJob : IDisposable
{
    // Beyond it, KV caches of many workers cost more than they bring: one device then uses all threads.
    private const long ComfortableCacheBytes = 1L << 30;

    private readonly EvalRequest _request;
    private readonly Invocation _invocation;
    private readonly List<RunnableImage> _images = [];
    private readonly Lock _lock = new();
    private HuggingFaceCheckpoint? _checkpoint;
    private ImportedModel? _model;
    private FloatExecutor? _reference;
    private int _referenceContext;
    private long _ran;

    /// <summary>Opens everything.</summary>
    /// <exception cref="CompilationException">A file cannot be read, or images and reference do not belong
    /// together.</exception>
    public EvalJob(EvalRequest request, Invocation invocation)
    {
        (_request, _invocation) = (request, invocation);
        try
        {
            foreach (string path in request.Images)
            {
                _images.Add(new RunnableImage(path, request.Layers is not null));
            }

            RequireOneTokenizer();
            Workers = Math.Max(1, CacheBytes * request.Threads > ComfortableCacheBytes ? 1 : request.Threads);
            if (request.Reference is not null)
            {
                OpenReference(request.Reference);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private int Workers { get; }

    private Tokenizer? Tokenizer => _images[0].Tokenizer;

    private long CacheBytes =>
        _images.Sum(i => i.Loaded.Program.Memory.CacheBytes * i.Loaded.Program.Geometry.Channels);

    /// <summary>Measures.</summary>
    /// <exception cref="CompilationException">A record cannot be read or run.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public IReadOnlyList<EvaluatedImage> Run()
    {
        int window = _images.Min(i => i.Loaded.Program.Memory.ContextLength);
        EvaluationProtocol protocol = new(
            _request.Records, Tokenizer?.BeginIds ?? [],
            _reference is null ? window : Math.Min(window, _referenceContext), _request.Join);
        IEnumerable<TextRecord> texts = TextRecords.Read(_request.Text);
        (TextRecord Record, int Number)[] records = [.. (_request.Records is { } most ? texts.Take(most) : texts).Select((record, number) => (record, number))];
        records = _request.Join ? [.. JoinedRecords.Of(records.Select(r => r.Record), Tokenizer, protocol.Window).Select((record, number) => (record, number))] : records;
        EvaluationWindow[] windows = Windows(protocol, records);
        long tokens = Math.Max(1, windows.Sum(w => (long)w.Ids.Length));
        List<EvaluationScores> scores = ProgressBar.Run(
            _invocation.Output, "evaluating",
            progress => Score(protocol, windows, ran => progress((double)ran / tokens)));
        EvaluationResult[] results = [.. scores.Select(s => s.Summarize(protocol))];
        IReadOnlyList<LayerErrors> layers = _request.Layers is { } options ? CompareLayers(options, windows) : [];
        return [.. _images.Select((image, i) => Describe(image, results[i], scores[i], i == 0 ? null : scores[0], layers.ElementAtOrDefault(i)))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.ForEach(i => i.Dispose());
        _checkpoint?.Dispose();
    }

    private EvaluationWindow[] Windows(EvaluationProtocol protocol, (TextRecord Record, int Number)[] records)
    {
        // One after another, so that of several faults the first is told.
        List<EvaluationWindow> windows = [];
        foreach ((TextRecord record, int number) in records)
        {
            _invocation.Token.ThrowIfCancellationRequested();
            windows.AddRange(protocol.WindowsOf(number, new EvaluationRecord(record.Encode(Tokenizer), record.Location)));
        }

        return [.. windows];
    }

    private List<EvaluationScores> Score(
        EvaluationProtocol protocol, EvaluationWindow[] windows, Action<long> progress)
    {
        List<EvaluationScores>[] parts = new List<EvaluationScores>[Workers];
        int next = -1;
        Parallel.For(
            0, Workers,
            new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = _invocation.Token },
            w =>
        {
            List<IDevice> devices = [];
            try
            {
                Evaluator evaluator = new(protocol, [.. _images.Select(i => Source(i, devices))], Reference());
                evaluator.Ran = _ => _invocation.Token.ThrowIfCancellationRequested();
                for (int i = Interlocked.Increment(ref next); i < windows.Length; i = Interlocked.Increment(ref next))
                {
                    evaluator.Add(windows[i]);
                    progress(Interlocked.Add(ref _ran, windows[i].Ids.Length));
                }

                parts[w] = [.. evaluator.Scores];
            }
            finally
            {
                devices.ForEach(d => d.Dispose());
            }
        });
        List<EvaluationScores> all = parts[0];
        foreach (List<EvaluationScores> part in parts.Skip(1))
        {
            for (int i = 0; i < all.Count; i++)
            {
                all[i].Merge(part[i]);
            }
        }

        return all;
    }

    private static EvaluatedImage Describe(
        RunnableImage image, EvaluationResult result, EvaluationScores scores, EvaluationScores? first, LayerErrors? layers)
    {
        ImageManifest manifest = image.Loaded.Image.Manifest;
        return new EvaluatedImage(
            image.Loaded.Image.Path, manifest.Recipe.Name, manifest.BitsPerWeight,
            Enumerable.Range(0, manifest.Geometry.Channels).Sum(c => image.Loaded.Image.Section(SectionNames.Bank(c)).Length),
            result, scores.Records, first is null || result.Comparison is null ? null : scores.DivergenceBeyond(first), layers);
    }

    // One image after another: the weights of each are unpacked for it.
    private List<LayerErrors> CompareLayers(LayerOptions options, EvaluationWindow[] windows)
    {
        LayerJob job = new(_model!, _reference!, options, _request.Threads, _request.Vectors, _invocation.Token);
        IReadOnlyList<ReadOnlyMemory<int>> sample = LayerJob.Sample(windows.Select(w => w.Ids), options.Tokens);
        return ProgressBar.Run(
            _invocation.Output, "comparing operators",
            progress => _images.Select((image, i) => job.Run(image.Loaded, sample, share => progress((i + share) / _images.Count))).ToList());
    }

    private LogitsSource Source(RunnableImage image, List<IDevice> devices)
    {
        // An image notes its devices' memory, and is not made for several threads.
        lock (_lock)
        {
            IDevice device = image.Loaded.CreateDevice(DeviceNames.Emulator, Workers > 1 ? 1 : _request.Threads, _request.Vectors);
            devices.Add(device);
            return LogitsSource.Of(image.Loaded.Image.Path, new Session(image.Loaded.Program, device));
        }
    }

    private LogitsSource? Reference()
    {
        if (_reference is not { } executor)
        {
            return null;
        }

        FloatSequence sequence = executor.NewSequence();
        return new LogitsSource(
            _request.Reference!, executor.VocabularySize, _referenceContext, sequence.Reset,
            (ids, onLogits) =>
        {
            float[][] rows = executor.Run(sequence, ids);
            for (int row = 0; row < rows.Length; row++)
            {
                onLogits(row, rows[row]);
            }
        });
    }

    private void OpenReference(string path)
    {
        DiagnosticBag warnings = new();
        _checkpoint = ModelFile.Open(path, warnings);
        ImportedModel model = ModelImporter.Import(
            _checkpoint, hash: true, _images.Count == 0 ? null : _images.Max(i => i.Loaded.Program.Memory.ContextLength));
        _invocation.Output.Report(warnings.Items.Concat(model.Diagnostics));
        _referenceContext = model.Config.MaxPositions;
        _model = model;
        WarnIfForeign(model, path);
        _reference = ProgressBar.Run(
            _invocation.Output, "reading the reference",
            _ => new FloatExecutor(model.Graph, model.Weights, Workers > 1 ? 1 : _request.Threads));
    }

    private void WarnIfForeign(ImportedModel model, string path)
    {
        Dictionary<string, string> hashes = model.Graph.Weights.ToDictionary(w => w.Name, w => w.Hash);
        foreach (RunnableImage image in _images)
        {
            int differing = image.Loaded.Image.Manifest.Weights.Count(
                w => hashes.GetValueOrDefault(w.Role) != w.Sha256);
            if (differing > 0)
            {
                _invocation.Output.Report(new Diagnostic(
                    Codes.ImageMismatch, Severity.Warning,
                    $"{differing} of {image.Loaded.Image.Manifest.Weights.Count} weights are not those of the reference '{Excerpt.Of(path)}'",
                    image.Loaded.Image.Path, "compare an image with the model it was made of"));
            }
        }
    }

    private void RequireOneTokenizer()
    {
        string? Hash(RunnableImage image) =>
            image.Loaded.Image.Manifest.Sections.FirstOrDefault(s => s.Name == SectionNames.Tokenizer)?.Sha256;
        if (_images.Find(i => Hash(i) != Hash(_images[0])) is { } other)
        {
            throw new CompilationException(
                Codes.ImageMismatch,
                $"the image has another tokenizer than '{Excerpt.Of(_images[0].Loaded.Image.Path)}', so their numbers do not compare",
                other.Loaded.Image.Path, "evaluate images of one model together");
        }
    }
}
