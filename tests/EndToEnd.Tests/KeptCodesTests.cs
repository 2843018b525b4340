using Flightc.Checkpoints;
using Flightc.Cli;
using Flightc.Cli.Images;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Runtime;

namespace Flightc.Tests;

/// <summary>A checkpoint whose codes a format of ours holds, from file to image.</summary>
public sealed class KeptCodesTests
{
    private const int Bits = 4;
    private const int Half = 1 << (Bits - 1);

    [Fact]
    public void Codes_with_a_scale_for_each_row_reach_the_image_as_they_are()
    {
        using WorkFolder folder = new();
        Dictionary<string, sbyte[]> codes = Pack(folder.Root);

        CommandRun check = CommandRun.Of("check", folder.Root, "--json").Succeeds();
        Assert.Equal("compressed-tensors pack-quantized", check.Json.GetProperty("stored_codes").GetProperty("format").GetString());
        Assert.Equal(codes.Count, check.Json.GetProperty("stored_codes").GetProperty("matrices").GetInt32());

        CommandRun run = CommandRun.Of(
            "compile", folder.Root, "-t", "tiny", "-r", "w8", "-o", folder["a.flight"], "--max-length", "64", "--search-limit", "0", "-v").Succeeds();
        Assert.Contains($"{codes.Count} matrices keep the checkpoint's codes, as 4g128", run.Error, StringComparison.Ordinal);

        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        using LoadedImage image = LoadedImage.Open(folder["a.flight"], withSymbols: true);
        Graph graph = Compilation.Quantize(model.Graph, image.Image.Manifest.Recipe, 64, new PassObserver(), new DiagnosticBag(), model.Weights);
        ImageWeights unpacked = new(image, graph);
        foreach (Weight weight in graph.Weights.Where(w => codes.ContainsKey(w.Source)))
        {
            Assert.Equal(new QuantizedFormat(Bits, 128), weight.Format);
            Assert.True(unpacked.Get(weight.Name).Codes.AsSpan().SequenceEqual(codes[weight.Source]), weight.Name);
        }
    }

    [Fact]
    public void Recipes_with_fewer_bits_quantise_anew_and_say_so()
    {
        using WorkFolder folder = new();
        Pack(folder.Root);
        CommandRun run = CommandRun.Of(
            "compile", folder.Root, "-t", "tiny", "-r", "w3.5", "-o", folder["a.flight"], "--max-length", "64", "--search-limit", "0", "-v").Succeeds();
        Assert.Contains("matrices that the checkpoint stores as codes are quantised anew", run.Error, StringComparison.Ordinal);
        Assert.Contains("the recipe wishes 3", run.Error, StringComparison.Ordinal);
    }

    // The sample with its projections as codes; by the name that the plain checkpoint has.
    private static Dictionary<string, sbyte[]> Pack(string folder)
    {
        using HuggingFaceCheckpoint plain = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        TensorFile file = new();
        RandomNumbers random = new(8);
        Dictionary<string, sbyte[]> packed = new(StringComparer.Ordinal);
        foreach (CheckpointTensor tensor in plain.Tensors)
        {
            if (!tensor.Name.Contains("_proj", StringComparison.Ordinal))
            {
                file.Add<byte>(tensor.Name, "BF16", tensor.Shape, tensor.Bytes(0, (int)tensor.ByteLength));
                continue;
            }

            (int rows, int columns) = ((int)tensor.Shape[0], (int)tensor.Shape[1]);
            // Fewer than the width allows: who quantised the numbers anew would spread them over all codes.
            sbyte[] codes = [.. Enumerable.Range(0, rows * columns).Select(_ => (sbyte)(random.Below(7) - 3))];
            uint[] words = new uint[rows * columns / 8];
            for (int i = 0; i < codes.Length; i++)
            {
                words[i / 8] |= (uint)(codes[i] + Half) << (i % 8 * Bits);
            }

            string module = tensor.Name[..^".weight".Length];
            file.Add<uint>($"{module}.weight_packed", "I32", [rows, columns / 8], words);
            file.Add<System.Half>($"{module}.weight_scale", "F16", [rows, 1], [.. random.Floats(rows).Select(value => (System.Half)(0.01f + (0.01f * value * value)))]);
            file.Add<long>($"{module}.weight_shape", "I64", [2], rows, columns);
            packed.Add(tensor.Name, codes);
        }

        file.Write(Path.Combine(folder, "model.safetensors"));
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
        {
            File.Copy(Path.Combine(TestData.Stories, name), Path.Combine(folder, name));
        }

        string config = File.ReadAllText(Path.Combine(TestData.Stories, "config.json"));
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            config[..config.LastIndexOf('}')] + """
                , "quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized",
                "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "strategy": "channel"} } } } }
                """);
        return packed;
    }
}
