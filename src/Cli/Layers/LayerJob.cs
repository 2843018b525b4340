using Flightc.Cli.Images;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Recipes;
using Flightc.Reference;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Cli.Layers;

/// <summary>
/// Runs the same tokens by the float graph, by the quantised graph on the image's own weights and by the image itself, and
/// compares every operator: the first two differ by quantisation, the last two by mistakes alone.
/// </summary>
/// <param name="model">What the image was made of.</param>
/// <param name="reference">The model's float graph, before any pass.</param>
/// <param name="options">Sample and limits.</param>
/// <param name="threads">The most windows at a time. No result depends on it.</param>
/// <param name="vectors">Which instructions of the processor the emulator uses; null for the widest.</param>
/// <param name="token">Cancelled when the user interrupts.</param>
internal sealed class LayerJob(
    ImportedModel model, FloatExecutor reference, LayerOptions options, int threads, VectorPath? vectors, CancellationToken token)
{
    // Tokens whose activations are held at a time, three times over.
    private const int ChunkTokens = 16;

    /// <summary>The first scored tokens of a text, by window: all but the last token of each, which none follows.</summary>
    /// <param name="windows">Token ids, at least two in each.</param>
    /// <param name="tokens">The most scored tokens.</param>
    public static IReadOnlyList<ReadOnlyMemory<int>> Sample(IEnumerable<ReadOnlyMemory<int>> windows, int tokens)
    {
        List<ReadOnlyMemory<int>> sample = [];
        foreach (ReadOnlyMemory<int> window in windows.TakeWhile(_ => tokens > 0))
        {
            sample.Add(window[..Math.Min(window.Length - 1, tokens)]);
            tokens -= sample[^1].Length;
        }

        return sample;
    }

    /// <summary>Measures one image.</summary>
    /// <param name="image">With symbols.</param>
    /// <param name="windows">What <see cref="Sample"/> gave; sequences of their own.</param>
    /// <param name="progress">Told the share that is done, 0 … 1, from several threads.</param>
    /// <exception cref="CompilationException">The image is damaged, or not one of the model.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public LayerErrors Run(LoadedImage image, IReadOnlyList<ReadOnlyMemory<int>> windows, Action<double> progress)
    {
        // Masks are in the image, however they were found.
        ImageManifest manifest = image.Image.Manifest;
        Graph graph = Compilation.Quantize(
            model.Graph, manifest.Recipe with { Attention = AttentionWish.Full }, manifest.ContextLength, new PassObserver(), new DiagnosticBag(),
            model.Weights);
        ImageWeights weights = new(image, graph);
        graph = weights.Masks?.ApplyTo(graph) ?? graph;
        FloatCounterparts counterparts = new(graph, model.Graph, weights, model.Weights);
        int workers = Math.Min(threads, windows.Count);
        OperatorSums[][] sums = [.. windows.Select(_ => new OperatorSums[graph.Nodes.Count])];
        int tokens = windows.Sum(w => w.Length);
        int done = 0;
        int next = -1;
        Lock creation = new();
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = token }, _ =>
        {
            // An image notes its devices' memory, and is not made for several threads.
            IDevice device;
            lock (creation)
            {
                device = image.CreateDevice(DeviceNames.Emulator, threads / workers, vectors);
            }

            using (device)
            {
                Comparison comparison = new(graph, model.Graph, counterparts)
                {
                    Reference = reference,
                    Interpreter = new QuantizedInterpreter(graph, weights, weights),
                    Session = new Session(image.Program, device),
                };
                for (int w = Interlocked.Increment(ref next); w < windows.Count; w = Interlocked.Increment(ref next))
                {
                    comparison.Run(windows[w].Span, sums[w], count =>
                    {
                        token.ThrowIfCancellationRequested();
                        progress((double)Interlocked.Add(ref done, count) / tokens);
                    });
                }
            }
        });
        OperatorSums[] all = new OperatorSums[graph.Nodes.Count];
        foreach (OperatorSums[] window in sums)
        {
            for (int i = 0; i < all.Length; i++)
            {
                all[i] += window[i];
            }
        }

        return LayerErrors.Of(image.Image.Path, tokens, options, graph, all);
    }

    /// <summary>Three executors side by side.</summary>
    private sealed class Comparison(Graph graph, Graph floats, FloatCounterparts counterparts)
    {
        private readonly ActivationRows _expected = new(floats, ChunkTokens);
        private readonly ActivationRows _interpreted = new(graph, ChunkTokens);
        private readonly ActivationRows _executed = new(graph, ChunkTokens);
        private readonly float[] _row = new float[graph.Nodes.Max(n => n.Type.Columns)];
        private readonly float[] _expectedRow = new float[graph.Nodes.Max(n => n.Type.Columns)];

        public required FloatExecutor Reference { get; init; }

        public required QuantizedInterpreter Interpreter { get; init; }

        public required Session Session { get; init; }

        /// <summary>Adds the errors of a sequence.</summary>
        public void Run(ReadOnlySpan<int> ids, OperatorSums[] sums, Action<int> ran)
        {
            FloatSequence sequence = Reference.NewSequence();
            Interpreter.Reset();
            Session.Reset();
            Session.Observer = _executed;
            for (int first = 0; first < ids.Length; first += ChunkTokens)
            {
                ReadOnlySpan<int> chunk = ids.Slice(first, Math.Min(ChunkTokens, ids.Length - first));
                _expected.Begin(first, chunk.Length);
                Reference.Run(sequence, chunk, _expected);
                _interpreted.Begin(first, chunk.Length);
                Interpreter.Run(chunk, _interpreted);
                _executed.Begin(first, chunk.Length);
                Session.PrefillAll(chunk, (_, _) => { });
                for (int node = 0; node < sums.Length; node++)
                {
                    Add(node, chunk.Length, ref sums[node]);
                }

                ran(chunk.Length);
            }
        }

        private void Add(int node, int tokens, ref OperatorSums sums)
        {
            sums.Differing += _interpreted.Differences(_executed, node);
            int counterpart = counterparts.Of(node);
            Span<float> row = _row.AsSpan(0, (int)graph.Nodes[node].Type.Columns);
            Span<float> expected = _expectedRow.AsSpan(0, row.Length);
            for (int t = 0; counterpart >= 0 && t < tokens; t++)
            {
                _interpreted.CopyRow(node, t, row);
                _expected.CopyRow(counterpart, t, expected);
                float[]? factors = counterparts.FactorsOf(node);
                for (int i = 0; factors is not null && i < row.Length; i++)
                {
                    row[i] *= factors[i];
                }

                sums.Add(row, expected);
            }
        }
    }
}
