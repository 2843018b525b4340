using Flightc.Diagnostics;

namespace Flightc.Tests.Quantised;

/// <summary>What is damaged, contradicts itself or is of another method is named; no numbers are guessed.</summary>
public sealed class RefusedCodesTests
{
    [Theory]
    [InlineData("""{"quant_method": "bitsandbytes", "load_in_4bit": true}""", "bitsandbytes")]
    [InlineData("""{"quant_method": "hqq"}""", "HQQ")]
    [InlineData("""{"quant_method": "mxfp4"}""", "MXFP4")]
    [InlineData("""{"quant_method": "something-new"}""", "something-new")]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"}""", "marlin")]
    [InlineData("""{"quant_method": "awq", "bits": 4, "version": "gemv"}""", "gemv")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}""", "nvfp4-pack-quantized")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized", "sparsity_config": {"format": "marlin-24"}}""", "marlin-24")]
    public void Other_methods_are_refused_by_name_with_advice(string settings, string name)
    {
        using TemporaryFolder folder = new();
        Diagnostic found = Assert.Single(new CodedModel().MustFail(folder, settings), d => d.Severity == Severity.Error);
        Assert.Equal(Codes.FeatureUnsupported, found.Code);
        Assert.Contains(name, found.Message, StringComparison.Ordinal);
        Assert.Contains("unquantised", found.Help, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_without_a_scale_are_refused()
    {
        CodedModel model = new();
        foreach ((string module, _, int rows, int columns) in CodedModel.Projections)
        {
            model.File.Add<uint>($"{module}.weight_packed", "I32", [rows, columns / 8], new uint[rows * columns / 8]);
            model.File.Add<long>($"{module}.weight_shape", "I64", [2], rows, columns);
        }

        using TemporaryFolder folder = new();
        Diagnostic[] errors = [.. model.MustFail(folder, """
            {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"all": {"targets": ["Linear"], "weights": {"num_bits": 4}}}}
            """).Where(d => d.Severity == Severity.Error)];
        Assert.Equal(7, errors.Length);
        Assert.All(errors, e => Assert.Contains("has no 'weight_scale' of floats", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Codes_without_columns_are_refused()
    {
        CodedModel model = new();
        foreach ((string module, _, int rows, _) in CodedModel.Projections)
        {
            model.File.Add<sbyte>($"{module}.weight", "I8", [rows, 0]);
            model.File.Add<float>($"{module}.weight_scale", "F32", [1], 1f);
        }

        using TemporaryFolder folder = new();
        Assert.Contains(
            model.MustFail(folder, """{"quant_method": "compressed-tensors", "format": "int-quantized"}"""), d => d.Code == Codes.TensorTypeUnsupported);
    }

    [Theory]
    [InlineData("[[], {}]")]
    [InlineData("[\"a\", null]")]
    [InlineData("[0, 128]")]
    [InlineData("[1e99, 128]")]
    [InlineData("[128]")]
    [InlineData("7")]
    public void Sizes_of_blocks_that_are_none_are_refused(string sizes)
    {
        using TemporaryFolder folder = new();
        Diagnostic found = Assert.Single(
            new CodedModel().MustFail(folder, $$"""{"quant_method": "fp8", "weight_block_size": {{sizes}}}"""), d => d.Message.Contains("weight_block_size", StringComparison.Ordinal));
        Assert.Equal(Codes.ConfigInvalid, found.Code);
    }

    [Theory]
    [InlineData("\"group_size\": 64", "says that groups have 64")]
    [InlineData("\"sym\": true", "does not say")]
    public void Groups_whose_size_cannot_be_told_are_refused(string setting, string problem)
    {
        const int Groups = 3;
        CodedModel model = new();
        foreach ((string module, _, int rows, int columns) in CodedModel.Projections)
        {
            model.File.Add<uint>($"{module}.qweight", "I32", [columns, rows / 8], new uint[columns * rows / 8]);
            model.File.Add<Half>($"{module}.scales", "F16", [Groups, rows], new Half[Groups * rows]);
        }

        using TemporaryFolder folder = new();
        Diagnostic[] errors = [.. model.MustFail(folder, $$"""{"quant_method": "awq", "bits": 4, {{setting}} }""").Where(d => d.Severity == Severity.Error)];
        Assert.Equal(CodedModel.Projections.Length, errors.Length);
        Assert.All(errors, error => Assert.Contains(problem, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Packed_codes_without_scales_are_refused()
    {
        CodedModel model = new();
        foreach ((string module, _, int rows, int columns) in CodedModel.Projections)
        {
            model.File.Add<uint>($"{module}.weight_packed", "I32", [rows, columns / 8], new uint[rows * columns / 8]);
            model.File.Add<long>($"{module}.weight_shape", "I64", [2], rows, columns);
        }

        using TemporaryFolder folder = new();
        IEnumerable<Diagnostic> found = model.MustFail(folder, """
            {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"g": {"targets": ["Linear"], "weights": {"num_bits": 4} } } }
            """);
        Assert.Contains(found, d => d.Severity == Severity.Error && d.Message.Contains("weight_scale", StringComparison.Ordinal));
    }

    [Fact]
    public void Tensors_that_do_not_belong_together_are_named()
    {
        CodedModel model = new();
        foreach ((string module, _, int rows, int columns) in CodedModel.Projections)
        {
            bool isBad = module.EndsWith("q_proj", StringComparison.Ordinal);
            model.File.Add<uint>($"{module}.qweight", "I32", [columns / 8, rows], new uint[columns / 8 * rows]);
            int groups = columns / 32, scaled = isBad ? rows - 1 : rows;
            model.File.Add<Half>($"{module}.scales", "F16", [groups, scaled], new Half[groups * scaled]);
            if (module.EndsWith("k_proj", StringComparison.Ordinal))
            {
                model.File.Add<int>($"{module}.g_idx", "I32", [columns], [.. Enumerable.Repeat(7, columns)]);
            }
        }

        using TemporaryFolder folder = new();
        Diagnostic[] errors = [.. model.MustFail(folder, """{"quant_method": "gptq", "bits": 4, "group_size": 32}""").Where(d => d.Severity == Severity.Error)];
        Assert.Equal([Codes.TensorShapeMismatch, Codes.TensorShapeMismatch], errors.Select(e => e.Code));
        Assert.Contains("q_proj", errors[0].Message, StringComparison.Ordinal);
        Assert.Contains("g_idx", errors[1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "group_size": -1, "sym": false}""", true)]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "group_size": -1, "sym": true}""", false)]
    [InlineData("""{"quant_method": "gptq", "bits": 4, "group_size": -1}""", false)]
    public void Zero_points_that_should_be_stored_are_missed(string settings, bool isRefused)
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            model.File.Add<uint>($"{module}.qweight", "I32", [columns / 8, rows], new uint[columns / 8 * rows]);
            model.File.Add<Half>($"{module}.scales", "F16", [1, rows], [.. Enumerable.Repeat((Half)1, rows)]);
            model.Expected[role] = [.. Enumerable.Repeat(-8f, rows * columns)];
        }

        // Some quantisers write biases that are none.
        model.File.Add<Half>("model.layers.0.mlp.up_proj.bias", "F16", [CodedModel.Intermediate], new Half[CodedModel.Intermediate]);
        using TemporaryFolder folder = new();
        if (!isRefused)
        {
            model.MustLoad(folder, settings);
            return;
        }

        Diagnostic[] errors = [.. model.MustFail(folder, settings).Where(d => d.Severity == Severity.Error)];
        Assert.Equal(CodedModel.Projections.Length, errors.Count(e => e.Code == Codes.TensorMissing && e.Message.Contains("qzeros", StringComparison.Ordinal)));
    }
}
