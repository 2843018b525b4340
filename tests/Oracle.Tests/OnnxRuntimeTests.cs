using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Oracle;

namespace Flightc.Tests;

/// <summary>The binding of ONNX Runtime: what it finds, what it refuses.</summary>
public sealed class OnnxRuntimeTests
{
    [Fact]
    public void The_library_says_which_version_it_is() =>
        Assert.Matches(@"^ONNX Runtime 1\.\d+\.\d+$", TestOracle.Instance.Name);

    [Fact]
    public void What_is_not_installed_is_told_with_the_command_that_installs_it()
    {
        using TemporaryFolder folder = new();

        CompilationException e = Assert.Throws<CompilationException>(() => OnnxRuntimeLibrary.Find(null, "", folder.Root));

        Assert.Equal(Codes.OracleMissing, e.Diagnostics.Single().Code);
        Assert.Contains("npm ci --ignore-scripts", e.Diagnostics[0].Help, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Environment, e.ExitCode);
    }

    [Theory]
    [InlineData("absent.so", null, "--onnxruntime names a file that does not exist")]
    [InlineData(null, "absent.so", "FLIGHTC_ONNXRUNTIME names a file that does not exist")]
    [InlineData(".", null, "--onnxruntime names a folder without")]
    public void A_name_that_leads_nowhere_is_not_replaced_by_another_library(string? option, string? variable, string message)
    {
        using TemporaryFolder folder = new();
        string? Inside(string? name) => name is null ? null : Path.Combine(folder.Root, name);

        CompilationException e = Assert.Throws<CompilationException>(
            () => OnnxRuntimeLibrary.Find(Inside(option), Inside(variable), AppContext.BaseDirectory));

        Assert.Equal(Codes.OracleMissing, e.Diagnostics.Single().Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_named_comes_before_what_is_installed()
    {
        using TemporaryFolder folder = new();
        string named = Path.Combine(folder.Root, "libonnxruntime.so");
        string set = Path.Combine(folder.Root, "set.so");
        File.WriteAllText(named, "");
        File.WriteAllText(set, "");

        Assert.Equal(named, OnnxRuntimeLibrary.Find(named, set, AppContext.BaseDirectory));
        Assert.Equal(set, OnnxRuntimeLibrary.Find(null, set, AppContext.BaseDirectory));
    }

    [Fact]
    public void A_package_lays_the_library_beside_the_program_or_below_it()
    {
        using TemporaryFolder folder = new();
        string name = Path.GetFileName(TestOracle.Library);
        string below = Path.Combine(folder.Root, "runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native", name);
        Directory.CreateDirectory(Path.GetDirectoryName(below)!);
        File.WriteAllText(below, "");
        Assert.Equal(below, OnnxRuntimeLibrary.Find(null, null, folder.Root));

        string beside = Path.Combine(folder.Root, name);
        File.WriteAllText(beside, "");
        Assert.Equal(beside, OnnxRuntimeLibrary.Find(null, null, folder.Root));
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Root, "libonnxruntime.so");
        File.WriteAllText(file, "this is no library");

        CompilationException e = Assert.Throws<CompilationException>(() => OnnxRuntime.Load(file));

        Assert.Equal(Codes.OracleMissing, e.Diagnostics.Single().Code);
        Assert.Contains("cannot be loaded", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_library_is_refused()
    {
        string other = Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), LibraryOfTheRuntime);

        CompilationException e = Assert.Throws<CompilationException>(() => OnnxRuntime.Load(other));

        Assert.Equal(Codes.OracleMissing, e.Diagnostics.Single().Code);
        Assert.Contains("OrtGetApiBase", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_tells_what_it_takes_and_gives()
    {
        using IOracleSession session = TestOracle.Instance.Open(TinyModel.Sum(), "sum", OracleOptions.Default);

        Assert.Equal(["x", "y"], session.Inputs.Select(i => i.Name));
        Assert.Equal([new OnnxDim(null, "n"), new OnnxDim(2, "")], session.Inputs[0].Shape!);
        Assert.Equal(OnnxElementType.Float, session.Outputs.Single().ElementType);
    }

    [Theory]
    [InlineData(OracleRewrites.None)]
    [InlineData(OracleRewrites.Basic)]
    [InlineData(OracleRewrites.All)]
    public void A_model_is_executed_from_its_bytes(OracleRewrites rewrites)
    {
        using IOracleSession session = TestOracle.Instance.Open(TinyModel.Sum(), "sum", new OracleOptions(Rewrites: rewrites));

        OnnxTensor sum = session.Run(Inputs(("x", OracleTensor.Of([1f, 2, 3, 4], 2, 2)), ("y", OracleTensor.Of([10f, 20, 30, 40], 2, 2))))["z"];

        Assert.Equal([2L, 2], sum.Shape);
        Assert.Equal([11f, 22, 33, 44], OracleTensor.Floats(sum));
    }

    [Fact]
    public void A_model_is_executed_from_a_file()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Root, "süm.onnx");
        File.WriteAllBytes(file, TinyModel.Sum());

        IReadOnlyDictionary<string, OnnxTensor> results =
            TestOracle.Run(file, ("x", OracleTensor.Of([1f, 2], 1, 2)), ("y", OracleTensor.Of([3f, 4], 1, 2)));

        Assert.Equal([4f, 6], OracleTensor.Floats(results["z"]));
    }

    [Fact]
    public void Tensors_without_elements_go_in_and_come_out()
    {
        OnnxTensor empty = OracleTensor.Of(ReadOnlySpan<float>.Empty, 0, 2);

        OnnxTensor sum = TestOracle.Run(TinyModel.Sum(), ("x", empty), ("y", empty))["z"];

        Assert.Equal([0L, 2], sum.Shape);
        Assert.Empty(OracleTensor.Floats(sum));
    }

    [Fact]
    public void Several_threads_may_run_one_model()
    {
        using IOracleSession session = TestOracle.Instance.Open(TinyModel.Sum(), "sum", OracleOptions.Default);
        float[] sums = new float[64];

        Parallel.For(0, sums.Length, i =>
        {
            OnnxTensor x = OracleTensor.Of([(float)i, i], 1, 2);
            sums[i] = OracleTensor.Floats(session.Run(Inputs(("x", x), ("y", x)))["z"])[1];
        });

        Assert.Equal(Enumerable.Range(0, sums.Length).Select(i => 2f * i), sums);
    }

    public static TheoryData<string, string[], string> Misuses => new()
    {
        { "a missing input", ["x"], "the inputs 'y' are not given" },
        { "an unknown input", ["x", "y", "w"], "there are no inputs 'w'; it takes 'x', 'y'" },
    };

    [Theory]
    [MemberData(nameof(Misuses))]
    public void Inputs_have_the_names_that_the_model_says(string what, string[] names, string message)
    {
        Assert.NotEmpty(what);
        (string, OnnxTensor)[] inputs = [.. names.Select(name => (name, OracleTensor.Of([1f, 2], 1, 2)))];

        Refused(message, () => TestOracle.Run(TinyModel.Sum(), inputs));
    }

    [Fact]
    public void An_output_that_is_not_there_is_refused()
    {
        OnnxTensor x = OracleTensor.Of([1f, 2], 1, 2);
        using IOracleSession session = TestOracle.Instance.Open(TinyModel.Sum(), "sum", OracleOptions.Default);

        Refused("there are no outputs 'q'; it gives 'z'", () => session.Run(Inputs(("x", x), ("y", x)), "q"));
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_refused_in_the_words_of_the_oracle() => Refused(
        "Got: 3 Expected: 2",
        () => TestOracle.Run(TinyModel.Sum(), ("x", OracleTensor.Of([1f, 2, 3], 1, 3)), ("y", OracleTensor.Of([1f, 2, 3], 1, 3))));

    [Fact]
    public void A_type_that_does_not_fit_is_refused_in_the_words_of_the_oracle() => Refused(
        "expected: (tensor(float))",
        () => TestOracle.Run(TinyModel.Sum(), ("x", OracleTensor.Of([1L, 2], 1, 2)), ("y", OracleTensor.Of([1L, 2], 1, 2))));

    [Fact]
    public void Bytes_that_are_no_model_are_refused() =>
        Refused("protobuf parsing failed", () => TestOracle.Instance.Open("no model"u8, "bytes", OracleOptions.Default));

    [Fact]
    public void A_file_that_is_not_there_is_told_as_by_every_command()
    {
        CompilationException e = Assert.Throws<CompilationException>(() => TestOracle.Open("absent.onnx"));

        Assert.Equal(Codes.FileNotReadable, e.Diagnostics.Single().Code);
    }

    private static string LibraryOfTheRuntime =>
        OperatingSystem.IsWindows() ? "clrjit.dll" : OperatingSystem.IsMacOS() ? "libSystem.Native.dylib" : "libSystem.Native.so";

    private static Dictionary<string, OnnxTensor> Inputs(params ReadOnlySpan<(string Name, OnnxTensor Value)> inputs)
    {
        Dictionary<string, OnnxTensor> named = [];
        foreach ((string name, OnnxTensor value) in inputs)
        {
            named.Add(name, value);
        }

        return named;
    }

    private static void Refused(string message, Action action)
    {
        CompilationException e = Assert.Throws<CompilationException>(action);
        Assert.Equal(Codes.OracleFailed, e.Diagnostics.Single().Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }
}
