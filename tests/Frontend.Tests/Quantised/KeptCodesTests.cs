using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Tests.Quantised;

/// <summary>Codes that a format of ours holds without changing a number.</summary>
public sealed class KeptCodesTests
{
    private readonly RandomCodes _random = new(5);

    [Fact]
    public void Codes_that_a_format_holds_are_kept_and_stand_for_the_same_numbers()
    {
        CodedModel model = new();
        foreach ((string module, string role, int rows, int columns) in CodedModel.Projections)
        {
            bool isUneven = module.EndsWith("down_proj", StringComparison.Ordinal);
            int groups = columns / 32;
            int[,] codes = _random.Codes(rows, columns, 15);

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
            model.Expected[role] = RandomCodes.Values(rows, columns, (n, k) => (codes[n, k] - 8) * scales[(n * groups) + (k / 32)]);
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
            Assert.Equal(model.Expected[role], RandomCodes.Values(
                rows, columns,
                (n, k) => matrix.RowScales[n] * matrix.Multipliers[(n * matrix.Groups) + (k / 32)] * matrix.Codes[(n * columns) + k]));
        }

        Assert.Null(stored.FindFormat("embed.weight", out string none));
        Assert.Equal("", none);
    }
}
