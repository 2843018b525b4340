using System.Diagnostics;
using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Checks;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using Google.Protobuf;
using static Flightc.Tests.Onnx.Models;

namespace Flightc.Tests.Onnx.Fuzz;

/// <summary>Bad files, made of good ones: whatever they are, the answer is a model or a coded error.</summary>
/// <remarks>
/// FLIGHTC_FUZZ is the number of files, FLIGHTC_FUZZ_FIRST the first of them: every one can be made again by its number. The corpus is larger where the wider test data are.
/// </remarks>
public sealed class FuzzTests
{
    private const int DefaultCount = 10_000;
    private const long ElementLimit = 1 << 14;

    // What one file of at most 64 KiB may allocate on the way: the limits of the reader, not the size that a file claims.
    private const long MaxAllocatedBytes = 1L << 29;
    private const int MaxCorpusBytes = 1 << 16;

    [Fact]
    public void Bad_files_end_in_a_model_or_a_coded_error()
    {
        int count = Setting("FLIGHTC_FUZZ", DefaultCount);
        int first = Setting("FLIGHTC_FUZZ_FIRST", 0);
        List<byte[]> corpus = Corpus();
        (int accepted, int evaluated, int refused) = (0, 0, 0);
        SortedDictionary<string, int> codes = new(StringComparer.Ordinal);
        List<string> escaped = [];
        (long mostBytes, long mostTicks, int slowest) = (0, 0, 0);
        Stopwatch whole = Stopwatch.StartNew();
        for (int i = first; i < first + count && escaped.Count < 20; i++)
        {
            // A generator for each: a file can be made without those before it.
            byte[] bytes = new Mutation(new RandomNumbers((ulong)i), corpus).Next();
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            try
            {
                Diagnostic[] errors = Judge(bytes, out bool isEvaluated);
                accepted += errors.Length == 0 ? 1 : 0;
                refused += errors.Length == 0 ? 0 : 1;
                evaluated += isEvaluated ? 1 : 0;
                if (errors.Length > 0)
                {
                    codes[errors[0].Code] = codes.GetValueOrDefault(errors[0].Code) + 1;
                }
            }
#pragma warning disable CA1031 // Any exception is the finding.
            catch (Exception e)
            {
                string where = string.Join(" < ", (e.StackTrace ?? "").Split('\n').Take(3).Select(l => l.Trim()));
                escaped.Add($"file {i}: {e.GetType().Name}: {e.Message} {where}");
            }
#pragma warning restore CA1031

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            mostBytes = Math.Max(mostBytes, allocated);
            long ticks = Stopwatch.GetTimestamp() - start;
            (mostTicks, slowest) = ticks > mostTicks ? (ticks, i) : (mostTicks, slowest);
            Assert.True(allocated <= MaxAllocatedBytes, $"file {i} of {bytes.Length} bytes allocated {allocated} bytes");
        }

        string report = string.Create(
            CultureInfo.InvariantCulture,
            $"{count} files of {corpus.Count} good ones: {accepted} accepted ({evaluated} evaluated), {refused} refused ({string.Join(", ", codes.Select(c => $"{c.Key} {c.Value}"))}), {escaped.Count} escaped; {whole.Elapsed.TotalSeconds:F0} s, slowest {mostTicks * 1000.0 / Stopwatch.Frequency:F0} ms (file {slowest}), most allocated by one {mostBytes >> 20} MiB, peak of the process {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (Environment.GetEnvironmentVariable("FLIGHTC_FUZZ_REPORT") is { Length: > 0 } path)
        {
            File.WriteAllText(path, report + "\n" + string.Join('\n', escaped) + "\n");
        }

        Assert.True(escaped.Count == 0, string.Join('\n', escaped));
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    // The errors of reading, checking and evaluating; none where all went well.
    private static Diagnostic[] Judge(byte[] bytes, out bool isEvaluated)
    {
        isEvaluated = false;
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(bytes, "fuzz.onnx", bag);
        Assert.Equal(model is null, bag.HasErrors);
        if (model is not null)
        {
            ModelCheck.Check(model, bag);
            if (!bag.HasErrors)
            {
                isEvaluated = TryEvaluate(model);
            }
        }

        Diagnostic[] errors = [.. bag.Items.Where(d => d.Severity == Severity.Error)];
        Assert.All(errors, d => Assert.Matches("^FLC150[1-7]$", d.Code));
        return errors;
    }

    // What passes the check may still be refused for its values.
    private static bool TryEvaluate(OnnxModel model)
    {
        Dictionary<string, OnnxTensor> inputs = new(StringComparer.Ordinal);
        foreach (OnnxValue input in model.Graph.Inputs)
        {
            long[] shape = input.Shape is { } dims ? [.. dims.Select(d => d.Size ?? 2)] : [];
            if (!input.ElementType.IsSupported() || shape.Aggregate(1.0, (p, d) => p * d) > ElementLimit)
            {
                return false;
            }

            long elements = shape.Aggregate(1L, (p, d) => p * d);
            inputs[input.Name] = new OnnxTensor(input.ElementType, shape, new MemoryBytes(new byte[input.ElementType.ByteCount(elements)]), input.Name);
        }

        try
        {
            new Evaluator(ElementLimit).Run(model.Graph, inputs);
            return true;
        }
        catch (CompilationException e)
        {
            Assert.All(e.Diagnostics, d => Assert.Matches("^FLC150[1-7]$", d.Code));
            return false;
        }
    }

    private static List<byte[]> Corpus()
    {
        List<byte[]> corpus = [.. Own().Select(m => m.ToByteArray())];
        string? root = Environment.GetEnvironmentVariable("FLIGHTC_TEST_DATA");
        if (!string.IsNullOrEmpty(root))
        {
            corpus.AddRange(
                Directory.EnumerateFiles(Path.Combine(root, "onnx"), "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                    .Where(f => new FileInfo(f).Length <= MaxCorpusBytes).Select(File.ReadAllBytes));
        }

        return corpus;
    }

    private static IEnumerable<ModelProto> Own()
    {
        yield return Product();

        TensorProto typed = Tensor("w", Float, [2, 3]);
        typed.FloatData.AddRange([1, 2, 3, 4, 5, 6]);
        TensorProto axes = Tensor("axes", Models.Int64, [1]);
        axes.Int64Data.Add(-1);
        yield return Model([Node("Mul", ["x", "w"], ["m"]), Node("Unsqueeze", ["m", "axes"], ["u"]), Node("Softmax", ["u"], ["y"], Int("axis", 1))], ["x"], ["y"], typed, axes);

        GraphProto then = Model([Node("Neg", ["x"], ["t"])], [], ["t"]).Graph;
        GraphProto other = Model([Node("Abs", ["x"], ["e"])], [], ["e"]).Graph;
        ModelProto choice = Model([Node("If", ["c"], ["y"], Graph("then_branch", then), Graph("else_branch", other))], ["x"], ["y"], Tensor("c", (int)OnnxElementType.Bool, [], [1]));
        yield return choice;

        yield return Model([Call("F", ["x"], ["m"], Int("to", 7)), Call("F", ["m"], ["y"])], ["x"], ["y"])
            .With(Function("F", ["a"], ["r"], Node("Cast", ["a"], ["t"], Reference("to", "to")), Node("Cast", ["t"], ["r"], Int("to", 1))));

        TensorProto external = Tensor("w", Float, [4]);
        external.DataLocation = TensorProto.Types.DataLocation.External;
        external.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.data" });
        yield return Model([Node("Add", ["x", "w"], ["y"])], ["x"], ["y"], external);
    }
}
