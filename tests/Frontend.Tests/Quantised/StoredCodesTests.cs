using System.Globalization;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Tests.Quantised;

/// <summary>Checkpoints packed by the definitions of their formats load to exactly the numbers that they stand for.</summary>
public sealed class StoredCodesTests
{
    private readonly RandomNumbers _random = new(5);

    [Theory]
    [InlineData(2, 32, "gptq", true)]
    [InlineData(3, 64, "gptq", true)]
    [InlineData(4, 32, "gptq", false)]
    [InlineData(4, 64, "gptq_v2", true)]
    [InlineData(8, -1, "gptq", true)]
    [InlineData(3, 32, "gptq_v2", false)]
    public void Gptq_with_either_zero_point_and_any_order_of_columns(int bits, int group, string format, bool isOrdered)
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int size = group < 0 ? columns : group, groups = columns / size;
            int[] groupOf = [.. Enumerable.Range(0, columns).Select(k => k / size)];
            if (!isOrdered)
            {
                Shuffle(groupOf);
            }

            int most = (1 << bits) - 1;
            int[,] codes = Codes(rows, columns, most), zeros = Codes(rows, groups, most);
            Half[] scales = Halves(groups * rows);

            // Streams of bits: codes down the inputs, zero points along the outputs.
            uint[] packed = new uint[columns * bits / 32 * rows], packedZeros = new uint[groups * (rows * bits / 32)];
            for (int n = 0; n < rows; n++)
            {
                for (int k = 0; k < columns; k++)
                {
                    Put(packed, k * bits, bits, codes[n, k], (word) => (word * rows) + n);
                }

                for (int g = 0; g < groups; g++)
                {
                    int stored = format == "gptq" ? (zeros[n, g] - 1) & most : zeros[n, g];
                    Put(packedZeros, n * bits, bits, stored, (word) => (g * (rows * bits / 32)) + word);
                }
            }

            model.File.Add<uint>($"{module}.qweight", "I32", [columns * bits / 32, rows], packed);
            model.File.Add<uint>($"{module}.qzeros", "I32", [groups, rows * bits / 32], packedZeros);
            model.File.Add<Half>($"{module}.scales", "F16", [groups, rows], scales);
            model.File.Add<int>($"{module}.g_idx", "I32", [columns], groupOf);
            model.Expected[role] = Values(rows, columns, (n, k) => (codes[n, k] - zeros[n, groupOf[k]]) * (float)scales[(groupOf[k] * rows) + n]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(
            folder, string.Create(CultureInfo.InvariantCulture, $$"""{"quant_method": "gptq", "bits": {{bits}}, "group_size": {{group}}, "checkpoint_format": "{{format}}", "desc_act": {{(isOrdered ? "false" : "true")}} }"""));
    }

    [Fact]
    public void Gptq_may_have_modules_of_other_widths()
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int bits = module.Contains("mlp", StringComparison.Ordinal) ? 4 : 8;
            int[,] codes = Codes(rows, columns, (1 << bits) - 1);
            Half[] scales = Halves(rows);
            uint[] packed = new uint[columns * bits / 32 * rows];
            for (int n = 0; n < rows; n++)
            {
                for (int k = 0; k < columns; k++)
                {
                    Put(packed, k * bits, bits, codes[n, k], word => (word * rows) + n);
                }
            }

            model.File.Add<uint>($"{module}.qweight", "I32", [columns * bits / 32, rows], packed);
            model.File.Add<Half>($"{module}.scales", "F16", [1, rows], scales);
            model.Expected[role] = Values(rows, columns, (n, k) => (codes[n, k] - (1 << (bits - 1))) * (float)scales[n]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(
            folder,
            """{"quant_method": "gptq", "bits": 8, "group_size": -1, "sym": true, "dynamic": {"-:lm_head": {}, "+:.*\\.mlp\\..*": {"bits": 4}}}""");
    }

    [Fact]
    public void Awq_with_its_order_of_outputs()
    {
        // The order in which nibbles hold outputs, from the lowest on.
        int[] order = [0, 2, 4, 6, 1, 3, 5, 7];
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int groups = columns / 32;
            int[,] codes = Codes(rows, columns, 15), zeros = Codes(rows, groups, 15);
            Half[] scales = Halves(groups * rows);
            uint[] packed = new uint[columns * rows / 8], packedZeros = new uint[groups * rows / 8];
            for (int n = 0; n < rows; n++)
            {
                int shift = 4 * Array.IndexOf(order, n % 8);
                for (int k = 0; k < columns; k++)
                {
                    packed[(k * rows / 8) + (n / 8)] |= (uint)codes[n, k] << shift;
                }

                for (int g = 0; g < groups; g++)
                {
                    packedZeros[(g * rows / 8) + (n / 8)] |= (uint)zeros[n, g] << shift;
                }
            }

            model.File.Add<uint>($"{module}.qweight", "I32", [columns, rows / 8], packed);
            model.File.Add<uint>($"{module}.qzeros", "I32", [groups, rows / 8], packedZeros);
            model.File.Add<Half>($"{module}.scales", "F16", [groups, rows], scales);
            model.Expected[role] = Values(rows, columns, (n, k) => (codes[n, k] - zeros[n, k / 32]) * (float)scales[(k / 32 * rows) + n]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, """{"quant_method": "awq", "bits": 4, "group_size": 32, "zero_point": true, "version": "gemm"}""");
    }

    [Theory]
    [InlineData(4, 32, true)]
    [InlineData(4, 0, false)]
    [InlineData(3, 64, false)]
    [InlineData(8, 32, false)]
    public void Packed_codes_of_compressed_tensors(int bits, int group, bool isSymmetric)
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int size = group == 0 ? columns : group, groups = columns / size, perWord = 32 / bits, words = (columns + perWord - 1) / perWord, half = 1 << (bits - 1);
            int[,] codes = Codes(rows, columns, (2 * half) - 1), zeros = Codes(rows, groups, (2 * half) - 1);
            float[] scales = _random.Floats(rows * groups);
            uint[] packed = new uint[rows * words], packedZeros = new uint[(rows + perWord - 1) / perWord * groups];
            for (int n = 0; n < rows; n++)
            {
                for (int k = 0; k < columns; k++)
                {
                    packed[(n * words) + (k / perWord)] |= (uint)codes[n, k] << (k % perWord * bits);
                }

                for (int g = 0; g < groups; g++)
                {
                    packedZeros[(n / perWord * groups) + g] |= (uint)zeros[n, g] << (n % perWord * bits);
                }
            }

            model.File.Add<uint>($"{module}.weight_packed", "I32", [rows, words], packed);
            model.File.Add<float>($"{module}.weight_scale", "F32", [rows, groups], scales);
            model.File.Add<long>($"{module}.weight_shape", "I64", [2], rows, columns);
            if (!isSymmetric)
            {
                model.File.Add<uint>($"{module}.weight_zero_point", "I32", [(rows + perWord - 1) / perWord, groups], packedZeros);
            }

            // Both are stored offset by half: it goes out of the difference, or is the zero point.
            model.Expected[role] = Values(
                rows, columns, (n, k) => (codes[n, k] - (isSymmetric ? half : zeros[n, k / size])) * scales[(n * groups) + (k / size)]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, string.Create(CultureInfo.InvariantCulture, $$$"""
            {"quant_method": "compressed-tensors", "format": "pack-quantized", "ignore": ["lm_head"], "config_groups": {"group_0": {"targets": ["Linear"],
             "weights": {"num_bits": {{{bits}}}, "type": "int", "strategy": "group", "group_size": {{{group}}}, "symmetric": {{{(isSymmetric ? "true" : "false")}}} } } } }
            """));
    }

    [Theory]
    [InlineData("int-quantized", "channel")]
    [InlineData("naive-quantized", "tensor")]
    [InlineData("int-quantized", "shuffled")]
    [InlineData("float-quantized", "channel")]
    [InlineData("float-quantized", "block")]
    [InlineData("int-quantized", "asymmetric")]
    public void Plain_codes_of_compressed_tensors(string format, string kind)
    {
        bool isFloat = format == "float-quantized";
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            byte[] codes = Bytes(rows * columns, isFloat);
            int blockRows = kind == "block" ? 16 : kind == "tensor" ? rows : 1, groups = kind is "block" or "shuffled" ? columns / 32 : 1;
            float[] scales = _random.Floats(rows / blockRows * groups);
            sbyte[] zeros = kind == "asymmetric" ? [.. Enumerable.Range(0, rows).Select(_ => (sbyte)(_random.Below(256) - 128))] : new sbyte[rows];
            int[] groupOf = [.. Enumerable.Range(0, columns).Select(k => k * groups / columns)];
            if (kind == "shuffled")
            {
                Shuffle(groupOf);
                model.File.Add<int>($"{module}.weight_g_idx", "I32", [columns], groupOf);
            }

            if (kind == "asymmetric")
            {
                model.File.Add<sbyte>($"{module}.weight_zero_point", "I8", [rows, 1], zeros);
            }

            model.File.Add<byte>($"{module}.weight", isFloat ? "F8_E4M3" : "I8", [rows, columns], codes);
            model.File.Add<float>($"{module}.weight_scale", "F32", kind == "tensor" ? [1] : [rows / blockRows, groups], scales);
            model.File.Add<float>($"{module}.input_scale", "F32", [1], 0.5f);
            model.Expected[role] = Values(rows, columns, (n, k) =>
                ((isFloat ? E4M3(codes[(n * columns) + k]) : (sbyte)codes[(n * columns) + k]) - zeros[n]) * scales[(n / blockRows * groups) + groupOf[k]]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, $$"""
            {"quant_method": "compressed-tensors", "format": "{{format}}", "config_groups": {"g": {"targets": ["re:.*proj"], "weights": {"num_bits": 8} } } }
            """);
    }

    [Theory]
    [InlineData("sparse-24-bitmask", false)]
    [InlineData("sparse-24-bitmask", true)]
    [InlineData("sparse-bitmask", false)]
    public void Bitmasks_of_compressed_tensors(string format, bool isQuantised)
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            bool[] mask = format == "sparse-bitmask"
                ? [.. Enumerable.Range(0, rows * columns).Select(_ => _random.Below(3) == 0)]
                : [.. Enumerable.Range(0, rows * columns / 4).SelectMany(_ => TwoOfFour())];
            Half[] halves = Halves(rows * columns);
            byte[] bytes = Bytes(rows * columns, false);
            float[] scales = _random.Floats(rows);
            int kept = mask.Count(m => m);
            byte[] bits = new byte[rows * columns / 8];
            for (int i = 0; i < mask.Length; i++)
            {
                bits[i / 8] |= (byte)(mask[i] ? 1 << (i % 8) : 0);
            }

            long[] shape = format == "sparse-bitmask" ? [kept] : [rows, columns / 2];
            model.File.Add<byte>($"{module}.bitmask", "U8", [rows, columns / 8], bits);
            model.File.Add<long>($"{module}.shape", "I64", format == "sparse-bitmask" ? [2] : [2, 1], rows, columns);
            if (format == "sparse-bitmask")
            {
                model.File.Add<long>(
                    $"{module}.row_offsets", "I64", [rows], [.. Enumerable.Range(0, rows).Select(n => (long)mask.Take(n * columns).Count(m => m))]);
            }

            if (isQuantised)
            {
                model.File.Add<byte>($"{module}.compressed", "I8", shape, [.. bytes.Where((_, i) => mask[i])]);
                model.File.Add<float>($"{module}.weight_scale", "F32", [rows, 1], scales);
                model.Expected[role] = Values(rows, columns, (n, k) => mask[(n * columns) + k] ? (sbyte)bytes[(n * columns) + k] * scales[n] : 0);
            }
            else
            {
                model.File.Add<Half>($"{module}.compressed", "F16", shape, [.. halves.Where((_, i) => mask[i])]);
                model.Expected[role] = Values(rows, columns, (n, k) => mask[(n * columns) + k] ? (float)halves[(n * columns) + k] : 0);
            }
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, $$$"""
            {"quant_method": "compressed-tensors", "format": "{{{(isQuantised ? "int-quantized" : "dense")}}}", "sparsity_config": {"format": "{{{format}}}", "sparsity_structure": "2:4"} }
            """);
    }

    [Theory]
    [InlineData("weight_scale_inv", true)]
    [InlineData("weight_scale", false)]
    public void Float8_with_blocks_or_one_scale(string name, bool hasBlocks)
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            byte[] codes = Bytes(rows * columns, true);

            // Blocks that end within the matrix.
            int across = hasBlocks ? (columns + 47) / 48 : 1, down = hasBlocks ? (rows + 23) / 24 : 1;
            float[] scales = _random.Floats(across * down);
            model.File.Add<byte>($"{module}.weight", "F8_E4M3", [rows, columns], codes);
            model.File.Add<float>($"{module}.{name}", "F32", hasBlocks ? [down, across] : [], scales);
            model.Expected[role] = Values(
                rows, columns, (n, k) => E4M3(codes[(n * columns) + k]) * (hasBlocks ? scales[(n / 24 * across) + (k / 48)] : scales[0]));
        }

        using TemporaryFolder folder = new();
        model.MustLoad(
            folder, hasBlocks ? """{"quant_method": "fp8", "weight_block_size": [24, 48], "activation_scheme": "dynamic"}""" : """{"quant_method": "fp8", "activation_scheme": "static"}""");
    }

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
        Assert.Equal(Diagnostics.Codes.FeatureUnsupported, found.Code);
        Assert.Contains(name, found.Message, StringComparison.Ordinal);
        Assert.Contains("unquantised", found.Help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gptq", "I32")]
    [InlineData("awq", "I32")]
    public void The_last_group_of_a_row_may_be_short(string method, string type)
    {
        // 96 of 128 inputs share the first scale of down_proj; the other modules have one group.
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int groups = (columns + 95) / 96;
            long[] shape = method == "gptq" ? [columns / 8, rows] : [columns, rows / 8];
            uint[] codes = new uint[columns * rows / 8];
            Array.Fill(codes, 0x99999999u);
            float[] scales = [.. Enumerable.Range(0, groups * rows).Select(i => 1f + (i / rows))];
            model.File.Add<uint>($"{module}.qweight", type, shape, codes);
            model.File.Add<float>($"{module}.scales", "F32", [groups, rows], scales);
            model.Expected[role] = Values(rows, columns, (_, k) => 1f + (k / 96));
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, $$"""{"quant_method": "{{method}}", "bits": 4, "group_size": 96}""");
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
            model.MustFail(folder, """{"quant_method": "compressed-tensors", "format": "int-quantized"}"""), d => d.Code == Diagnostics.Codes.TensorTypeUnsupported);
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
        Assert.Equal(Diagnostics.Codes.ConfigInvalid, found.Code);
    }

    [Fact]
    public void The_last_group_of_columns_and_the_last_block_of_rows_may_be_smaller()
    {
        const int GroupSize = 48, BlockRows = 24;
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int groups = (columns + GroupSize - 1) / GroupSize, blocks = (rows + BlockRows - 1) / BlockRows;
            byte[] codes = Bytes(rows * columns, isFloat: true);
            float[] scales = _random.Floats(blocks * groups);
            model.File.Add<byte>($"{module}.weight", "F8_E4M3", [rows, columns], codes);
            model.File.Add<float>($"{module}.weight_scale", "F32", [blocks, groups], scales);
            model.Expected[role] = Values(
                rows, columns, (n, k) => E4M3(codes[(n * columns) + k]) * scales[(n / BlockRows * groups) + (k / GroupSize)]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, """
            {"quant_method": "compressed-tensors", "format": "float-quantized", "config_groups": {"g": {"targets": ["Linear"],
             "weights": {"num_bits": 8, "type": "float", "strategy": "block", "block_structure": [24, 48], "group_size": null} } } }
            """);
    }

    [Fact]
    public void Of_several_entries_for_a_module_the_narrowest_counts()
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int bits = module.Contains("mlp", StringComparison.Ordinal) ? 8 : 4, perWord = 32 / bits;
            int[,] codes = Codes(rows, columns, (1 << bits) - 1);
            float[] scales = _random.Floats(rows);
            uint[] packed = new uint[rows * columns / perWord];
            for (int i = 0; i < rows * columns; i++)
            {
                packed[i / perWord] |= (uint)codes[i / columns, i % columns] << (i % perWord * bits);
            }

            model.File.Add<uint>($"{module}.weight_packed", "I32", [rows, columns / perWord], packed);
            model.File.Add<float>($"{module}.weight_scale", "F32", [rows, 1], scales);
            model.File.Add<long>($"{module}.weight_shape", "I64", [2], rows, columns);
            model.Expected[role] = Values(rows, columns, (n, k) => (codes[n, k] - (1 << (bits - 1))) * scales[n]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, """
            {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {
              "group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "strategy": "channel"} },
              "group_1": {"targets": ["re:.*mlp.*"], "weights": {"num_bits": 8, "strategy": "channel"} } } }
            """);
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
        Assert.Equal([Diagnostics.Codes.TensorShapeMismatch, Diagnostics.Codes.TensorShapeMismatch], errors.Select(e => e.Code));
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
        Assert.Equal(CodedModel.Projections.Length, errors.Count(e => e.Code == Diagnostics.Codes.TensorMissing && e.Message.Contains("qzeros", StringComparison.Ordinal)));
    }

    [Fact]
    public void Codes_that_a_format_holds_are_kept_and_stand_for_the_same_numbers()
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            bool isUneven = module.EndsWith("down_proj", StringComparison.Ordinal);
            int groups = columns / 32;
            int[,] codes = Codes(rows, columns, 15);

            // Multiples of one number for each row; of two numbers without common measure in one matrix.
            float[] units = _random.Floats(rows), scales = new float[rows * groups];
            for (int i = 0; i < scales.Length; i++)
            {
                scales[i] = (float)(Half)MathF.Abs(units[i / groups]) * (1 + _random.Below(20)) * (isUneven && i % groups == 1 ? 1.2345f : 1);
            }

            uint[] packed = new uint[rows * columns / 8];
            for (int i = 0; i < rows * columns; i++)
            {
                packed[i / 8] |= (uint)codes[i / columns, i % columns] << (i % 8 * 4);
            }

            model.File.Add<uint>($"{module}.weight_packed", "I32", [rows, columns / 8], packed);
            model.File.Add<float>($"{module}.weight_scale", "F32", [rows, groups], scales);
            model.File.Add<long>($"{module}.weight_shape", "I64", [2], rows, columns);
            model.Expected[role] = Values(rows, columns, (n, k) => (codes[n, k] - 8) * scales[(n * groups) + (k / 32)]);
        }

        using TemporaryFolder folder = new();
        const string Settings = """
            {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "group_size": 32} } } }
            """;
        model.MustLoad(folder, Settings);
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        IStoredCodes stored = Assert.IsAssignableFrom<IStoredCodes>(ModelImporter.Import(checkpoint).Weights);
        foreach ((_, string role, int rows, int columns) in CodedModel.Projections)
        {
            if (role.Contains("down", StringComparison.Ordinal))
            {
                Assert.Null(stored.FindFormat(role, out string reason));
                Assert.Contains("multiples", reason, StringComparison.Ordinal);
                continue;
            }

            Assert.Equal(new QuantizedFormat(4, 32), stored.FindFormat(role, out _));
            QuantizedMatrix matrix = stored.ReadCodes(role);
            Assert.Equal(model.Expected[role], Values(
                rows, columns,
                (n, k) => matrix.RowScales[n] * matrix.Multipliers[(n * matrix.Groups) + (k / 32)] * matrix.Codes[(n * columns) + k]));
        }

        Assert.Null(stored.FindFormat("embed.weight", out string none));
        Assert.Equal("", none);
    }

    private static void Put(uint[] words, int bit, int bits, int code, Func<int, int> wordAt)
    {
        for (int i = 0; i < bits; i++)
        {
            words[wordAt((bit + i) / 32)] |= (uint)((code >> i) & 1) << ((bit + i) % 32);
        }
    }

    private static float[] Values(int rows, int columns, Func<int, int, float> at) =>
        [.. Enumerable.Range(0, rows * columns).Select(i => at(i / columns, i % columns))];

    private static float E4M3(byte bits)
    {
        int exponent = (bits >> 3) & 15;
        double value = exponent == 0 ? Math.ScaleB(bits & 7, -9) : Math.ScaleB(1 + ((bits & 7) / 8.0), exponent - 7);
        return (float)(bits >= 128 ? -value : value);
    }

    private int[,] Codes(int rows, int columns, int most)
    {
        int[,] codes = new int[rows, columns];
        for (int i = 0; i < rows * columns; i++)
        {
            codes[i / columns, i % columns] = _random.Below(most + 1);
        }

        return codes;
    }

    private Half[] Halves(int count) => [.. _random.Floats(count).Select(value => (Half)value)];

    private byte[] Bytes(int count, bool isFloat) =>
        [.. Enumerable.Range(0, count).Select(_ => (byte)_random.Below(256)).Select(b => isFloat && (b & 0x7F) == 0x7F ? (byte)0 : b)];

    private bool[] TwoOfFour()
    {
        int first = _random.Below(4), second = (first + 1 + _random.Below(3)) % 4;
        return [.. Enumerable.Range(0, 4).Select(i => i == first || i == second)];
    }

    private void Shuffle(int[] values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int other = _random.Below(i + 1);
            (values[i], values[other]) = (values[other], values[i]);
        }
    }
}
