using Flightc.Container;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Recipes;

namespace Flightc.Tests.Container;

/// <summary>A small image with sections of awkward sizes.</summary>
internal static class ImageSample
{
    public static readonly (string Name, long Bytes)[] Sections =
        [("program", 1000), ("symbols", 0), ("tokenizer", 4096), ("tables", 5000), ("bank.00", 12_288), ("bank.01", 4032)];

    public static Geometry Geometry { get; } = new("tiny", [new(0, 3), new(3, 2)], 16 << 20, 1L << 30, 256 << 10, 8 << 10, 4 << 10, 1024);

    public static ImageManifest Manifest { get; } = new(
        ToolVersion.Current, MachineProgram.IsaVersion, Geometry,
        new Recipe("w4", "a \"test\"\n", new(4, 64), new(8, 64), new(8, 64), [new WeightRule("layers.*\\", new QuantizedFormat(6, 32)), new WeightRule("*", new QuantizedFormat(3, 32, Sparsity.Parse("16.2:16")!.Value))])
        {
            CacheBits = 4,
            Compression = new(QuantizationMethod.Gptq, PruningMethod.Wanda) { Migration = MigrationMethod.Awq, Rotation = RotationKind.Values },
        },
        new ManifestModel("stories é", "llama", new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["rms_norm_eps"] = 1e-5,
            ["hidden_size"] = 256,
            ["rope_theta"] = 1e6,
        }),
        512, 1_000_000, 500_000,
        [new ManifestInput("config.json", Hash(1)), new ManifestInput("tokenizer.json", Hash(2))],
        [new ManifestWeight("layers.0.attn.q.weight", [256, 128], "4g64", Hash(3)), new ManifestWeight("norm.weight", [256], "f32", Hash(4))],
        []);

    public static string Hash(int digit) => new((char)('0' + digit), 64);

    public static byte[] Content(string name, long bytes)
    {
        byte[] content = new byte[bytes];
        new Random(name.Length + (int)bytes).NextBytes(content);
        return content;
    }

    public static string Write(string path, ImageManifest? manifest = null)
    {
        using ImageWriter writer = ImageWriter.Create(path, manifest ?? Manifest, Sections);
        foreach ((string name, long bytes) in Sections)
        {
            writer.Write(name, Content(name, bytes));
        }

        writer.Commit();
        return path;
    }
}
