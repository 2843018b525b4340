using System.Globalization;

namespace Flightc.Tests.Quantised;

/// <summary>Checkpoints packed by the definitions of their formats load to exactly the numbers that they stand for.</summary>
public sealed class StoredCodesTests
{
    private readonly RandomCodes _random = new(5);

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
                _random.Shuffle(groupOf);
            }

            int most = (1 << bits) - 1;
            int[,] codes = _random.Codes(rows, columns, most), zeros = _random.Codes(rows, groups, most);
            Half[] scales = _random.Halves(groups * rows);

            // Streams of bits: codes down the inputs, zero points along the outputs.
            uint[] packed = new uint[columns * bits / 32 * rows], packedZeros = new uint[groups * (rows * bits / 32)];
            for (int n = 0; n < rows; n++)
            {
                for (int k = 0; k < columns; k++)
                {
                    RandomCodes.Put(packed, k * bits, bits, codes[n, k], (word) => (word * rows) + n);
                }

                for (int g = 0; g < groups; g++)
                {
                    int stored = format == "gptq" ? (zeros[n, g] - 1) & most : zeros[n, g];
                    RandomCodes.Put(packedZeros, n * bits, bits, stored, (word) => (g * (rows * bits / 32)) + word);
                }
            }

            model.File.Add<uint>($"{module}.qweight", "I32", [columns * bits / 32, rows], packed);
            model.File.Add<uint>($"{module}.qzeros", "I32", [groups, rows * bits / 32], packedZeros);
            model.File.Add<Half>($"{module}.scales", "F16", [groups, rows], scales);
            model.File.Add<int>($"{module}.g_idx", "I32", [columns], groupOf);
            model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) => (codes[n, k] - zeros[n, groupOf[k]]) * (float)scales[(groupOf[k] * rows) + n]);
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
            int[,] codes = _random.Codes(rows, columns, (1 << bits) - 1);
            Half[] scales = _random.Halves(rows);
            uint[] packed = new uint[columns * bits / 32 * rows];
            for (int n = 0; n < rows; n++)
            {
                for (int k = 0; k < columns; k++)
                {
                    RandomCodes.Put(packed, k * bits, bits, codes[n, k], word => (word * rows) + n);
                }
            }

            model.File.Add<uint>($"{module}.qweight", "I32", [columns * bits / 32, rows], packed);
            model.File.Add<Half>($"{module}.scales", "F16", [1, rows], scales);
            model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) => (codes[n, k] - (1 << (bits - 1))) * (float)scales[n]);
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
            int[,] codes = _random.Codes(rows, columns, 15), zeros = _random.Codes(rows, groups, 15);
            Half[] scales = _random.Halves(groups * rows);
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
            model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) => (codes[n, k] - zeros[n, k / 32]) * (float)scales[(k / 32 * rows) + n]);
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
            int[,] codes = _random.Codes(rows, columns, (2 * half) - 1), zeros = _random.Codes(rows, groups, (2 * half) - 1);
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
            model.Expected[role] = RandomCodes.Values(
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
            byte[] codes = _random.Bytes(rows * columns, isFloat);
            int blockRows = kind == "block" ? 16 : kind == "tensor" ? rows : 1, groups = kind is "block" or "shuffled" ? columns / 32 : 1;
            float[] scales = _random.Floats(rows / blockRows * groups);
            sbyte[] zeros = kind == "asymmetric" ? [.. Enumerable.Range(0, rows).Select(_ => (sbyte)(_random.Below(256) - 128))] : new sbyte[rows];
            int[] groupOf = [.. Enumerable.Range(0, columns).Select(k => k * groups / columns)];
            if (kind == "shuffled")
            {
                _random.Shuffle(groupOf);
                model.File.Add<int>($"{module}.weight_g_idx", "I32", [columns], groupOf);
            }

            if (kind == "asymmetric")
            {
                model.File.Add<sbyte>($"{module}.weight_zero_point", "I8", [rows, 1], zeros);
            }

            model.File.Add<byte>($"{module}.weight", isFloat ? "F8_E4M3" : "I8", [rows, columns], codes);
            model.File.Add<float>($"{module}.weight_scale", "F32", kind == "tensor" ? [1] : [rows / blockRows, groups], scales);
            model.File.Add<float>($"{module}.input_scale", "F32", [1], 0.5f);
            model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) =>
                ((isFloat ? RandomCodes.E4M3(codes[(n * columns) + k]) : (sbyte)codes[(n * columns) + k]) - zeros[n]) * scales[(n / blockRows * groups) + groupOf[k]]);
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
                : [.. Enumerable.Range(0, rows * columns / 4).SelectMany(_ => _random.TwoOfFour())];
            Half[] halves = _random.Halves(rows * columns);
            byte[] bytes = _random.Bytes(rows * columns, false);
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
                model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) => mask[(n * columns) + k] ? (sbyte)bytes[(n * columns) + k] * scales[n] : 0);
            }
            else
            {
                model.File.Add<Half>($"{module}.compressed", "F16", shape, [.. halves.Where((_, i) => mask[i])]);
                model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) => mask[(n * columns) + k] ? (float)halves[(n * columns) + k] : 0);
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
            byte[] codes = _random.Bytes(rows * columns, true);

            // Blocks that end within the matrix.
            int across = hasBlocks ? (columns + 47) / 48 : 1, down = hasBlocks ? (rows + 23) / 24 : 1;
            float[] scales = _random.Floats(across * down);
            model.File.Add<byte>($"{module}.weight", "F8_E4M3", [rows, columns], codes);
            model.File.Add<float>($"{module}.{name}", "F32", hasBlocks ? [down, across] : [], scales);
            model.Expected[role] = RandomCodes.Values(
                rows, columns, (n, k) => RandomCodes.E4M3(codes[(n * columns) + k]) * (hasBlocks ? scales[(n / 24 * across) + (k / 48)] : scales[0]));
        }

        using TemporaryFolder folder = new();
        model.MustLoad(
            folder, hasBlocks ? """{"quant_method": "fp8", "weight_block_size": [24, 48], "activation_scheme": "dynamic"}""" : """{"quant_method": "fp8", "activation_scheme": "static"}""");
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
            model.Expected[role] = RandomCodes.Values(rows, columns, (_, k) => 1f + (k / 96));
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, $$"""{"quant_method": "{{method}}", "bits": 4, "group_size": 96}""");
    }

    [Fact]
    public void The_last_group_of_columns_and_the_last_block_of_rows_may_be_smaller()
    {
        const int GroupSize = 48, BlockRows = 24;
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            int groups = (columns + GroupSize - 1) / GroupSize, blocks = (rows + BlockRows - 1) / BlockRows;
            byte[] codes = _random.Bytes(rows * columns, isFloat: true);
            float[] scales = _random.Floats(blocks * groups);
            model.File.Add<byte>($"{module}.weight", "F8_E4M3", [rows, columns], codes);
            model.File.Add<float>($"{module}.weight_scale", "F32", [blocks, groups], scales);
            model.Expected[role] = RandomCodes.Values(
                rows, columns, (n, k) => RandomCodes.E4M3(codes[(n * columns) + k]) * scales[(n / BlockRows * groups) + (k / GroupSize)]);
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
            int[,] codes = _random.Codes(rows, columns, (1 << bits) - 1);
            float[] scales = _random.Floats(rows);
            uint[] packed = new uint[rows * columns / perWord];
            for (int i = 0; i < rows * columns; i++)
            {
                packed[i / perWord] |= (uint)codes[i / columns, i % columns] << (i % perWord * bits);
            }

            model.File.Add<uint>($"{module}.weight_packed", "I32", [rows, columns / perWord], packed);
            model.File.Add<float>($"{module}.weight_scale", "F32", [rows, 1], scales);
            model.File.Add<long>($"{module}.weight_shape", "I64", [2], rows, columns);
            model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) => (codes[n, k] - (1 << (bits - 1))) * scales[n]);
        }

        using TemporaryFolder folder = new();
        model.MustLoad(folder, """
            {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {
              "group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "strategy": "channel"} },
              "group_1": {"targets": ["re:.*mlp.*"], "weights": {"num_bits": 8, "strategy": "channel"} } } }
            """);
    }
}
