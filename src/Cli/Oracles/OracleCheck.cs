using Flightc.Checkpoints;
using Flightc.Cli.Calibrating;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Numerics;
using Flightc.Oracle;
using Flightc.Reference;
using Flightc.Texts;
using Flightc.Tokenizers;

namespace Flightc.Cli.Oracles;

/// <summary>Runs a model by the float executor and by an oracle, and compares the logits: a prompt, then token by token on keys and values of those before.</summary>
/// <param name="oracle">Loaded; stays with the caller.</param>
/// <param name="invocation">Progress and interruption.</param>
internal sealed class OracleCheck(IOracle oracle, Invocation invocation)
{
    // Of all tokens so many run one by one; more say nothing new, and a model without a past runs everything again for each.
    private const int MostSteps = 8;

    // The ids are as good as any: one seed makes results repeatable.
    private const ulong Seed = 1;

    /// <summary>Loads the oracle that the user has.</summary>
    /// <param name="library">Path of its library; null where it is looked for.</param>
    /// <exception cref="CompilationException">There is none (FLC1601).</exception>
    public static IOracle Load(string? library) => OnnxRuntime.Load(
        OnnxRuntimeLibrary.Find(library, Environment.GetEnvironmentVariable(OnnxRuntimeLibrary.Variable), AppContext.BaseDirectory));

    /// <summary>Compares.</summary>
    /// <exception cref="CompilationException">The model cannot be run, here or there.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public OracleFinding Run(OracleRequest request)
    {
        DiagnosticBag warnings = new();
        using HuggingFaceCheckpoint checkpoint = ModelFile.Open(request.Model, warnings);
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false, request.MaxLength);
        CalibrateJob.RequireWeights(model, request.Model);
        int[] ids = Ids(request, checkpoint, model);
        using OracleModel file = OracleModel.Of(request.Model, model, invocation);
        return ProgressBar.Run(invocation.Output, "comparing", progress =>
        {
            // Further rewrites may round activations to 8 bits where weights are codes: the comparison is with what the file says.
            using IOracleSession session = oracle.Open(file.Path, new OracleOptions(Environment.ProcessorCount, OracleRewrites.Basic));
            OracleDecoder decoder = new(session, request.Model);
            FloatExecutor executor = new(model.Graph, model.Weights);
            FloatSequence sequence = executor.NewSequence();
            return Compare(file.What, ids, run => executor.Run(sequence, run), run => decoder.Run(run), progress);
        });
    }

    private static int[] Ids(OracleRequest request, HuggingFaceCheckpoint checkpoint, ImportedModel model)
    {
        int most = Math.Min(request.Tokens, model.Config.MaxPositions);
        if (request.Text is null)
        {
            SplitMix64 random = new(Seed);
            int[] drawn = new int[most];
            for (int i = 0; i < drawn.Length; i++)
            {
                drawn[i] = random.Below(model.Config.VocabularySize);
            }

            return drawn;
        }

        TextRecord record = TextRecords.Read(request.Text).First();
        int[] ids = record.Encode(record.Ids is null ? Tokenizer.Load(checkpoint.Folder) : null);
        return ids.Length > 0
            ? ids[..Math.Min(ids.Length, most)]
            : throw new CompilationException(Codes.TextInvalid, "the first record is empty", record.Location, "begin with a record that has a token");
    }

    private OracleFinding Compare(string what, int[] ids, Func<int[], float[][]> own, Func<int[], float[][]> other, Action<double> progress)
    {
        int steps = Math.Min(MostSteps, ids.Length / 2);
        int[][] runs = [ids[..^steps], .. ids[^steps..].Select(id => new[] { id })];
        double difference = 0, largest = 0;
        int sameTop = 0, done = 0;
        foreach (int[] run in runs)
        {
            invocation.Token.ThrowIfCancellationRequested();
            foreach ((float[] found, float[] expected) in own(run).Zip(other(run)))
            {
                (double d, double magnitude) = Compare(found, expected);

                // Written so that what is not a number is never small.
                difference = d <= difference ? difference : d;
                largest = Math.Max(largest, magnitude);
                sameTop += Array.IndexOf(found, found.Max()) == Array.IndexOf(expected, expected.Max()) ? 1 : 0;
            }

            done += run.Length;
            progress((double)done / ids.Length);
        }

        return new OracleFinding(oracle.Name, what, ids.Length, largest > 0 ? difference / largest : difference, sameTop);
    }

    private static (double Difference, double Largest) Compare(float[] found, float[] expected)
    {
        if (found.Length != expected.Length)
        {
            throw new CompilationException(
                Codes.OracleFailed, $"the oracle gives {expected.Length} logits for a token, and the Graph has {found.Length}", "", "");
        }

        double difference = 0, largest = 0;
        for (int i = 0; i < found.Length; i++)
        {
            double d = Math.Abs((double)found[i] - expected[i]);
            difference = d <= difference ? difference : d;
            largest = Math.Max(largest, Math.Abs(expected[i]));
        }

        return (difference, largest);
    }
}
