using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Container;

/// <summary>Compares what an image was made with and for to what is here, field by field and in words.</summary>
internal static class VersionCheck
{
    /// <summary>Refuses a manifest of another container format or instruction set.</summary>
    /// <remarks>Another version of the tool alone is fine: format and instruction set say all that a reader
    /// depends on.</remarks>
    public static void Require(ManifestJson manifest, string location)
    {
        List<Row> rows =
        [
            new(
                "container format", manifest.Loose("format"),
                ImageManifest.FormatVersion.ToString(CultureInfo.InvariantCulture), true),
            new("instruction set", manifest.Loose("isa"), MachineProgram.IsaVersion, true),
            new("flightc", manifest.Loose("tool"), ToolVersion.Current, false),
        ];
        if (rows.Exists(row => row is { Counts: true, Differs: true }))
        {
            string rebuild = Rebuild(
                manifest.LooseObject("geometry").Loose("target"),
                manifest.LooseObject("recipe").Loose("name"), manifest.Loose("context_length"));
            throw new CompilationException(
                Codes.ImageMismatch,
                $"the image is of another version\n{Table("image", "this flightc", rows)}", location,
                rebuild);
        }
    }

    /// <summary>Refuses an image that was compiled for another machine.</summary>
    public static void Require(ImageManifest manifest, Geometry wanted, string location)
    {
        List<Row> rows = [.. Fields(manifest.Geometry).Zip(Fields(wanted), (a, b) => new Row(a.Name, a.Value, b.Value, true))];
        if (rows.Exists(row => row.Differs))
        {
            throw new CompilationException(
                Codes.ImageMismatch,
                $"the image was compiled for another machine\n{Table("image", "this machine", [.. rows.Where(r => r.Differs || r.Name == "target")])}",
                location,
                Rebuild(
                    wanted.Target, manifest.Recipe.Name,
                    manifest.ContextLength.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static List<(string Name, string Value)> Fields(Geometry geometry) =>
    [
        ("target", geometry.Target),
        ("channels of the cores", string.Join(", ", geometry.Cores.Select(c => $"{c.First}-{c.First + c.Count - 1}"))),
        ("bytes of a channel", Text(geometry.ChannelBytes)),
        ("bytes of DDR", Text(geometry.DdrBytes)),
        ("bytes of scratch", Text(geometry.ScratchBytes)),
        ("bytes of a weight ring", Text(geometry.WeightRingBytes)),
        ("bytes of a cache ring", Text(geometry.CacheRingBytes)),
        ("bytes of a page", Text(geometry.PageBytes)),
    ];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Rebuild(string target, string recipe, string context) =>
        $"compile the model again: flightc compile MODEL -t {Excerpt.Of(target)} -r {Excerpt.Of(recipe)} --max-length {Excerpt.Of(context)} -o IMAGE";

    private static string Table(string left, string right, List<Row> rows)
    {
        int first = rows.Max(r => r.Name.Length);
        int second = Math.Max(left.Length, rows.Max(r => Excerpt.Of(r.Image).Length));
        IEnumerable<string> lines = rows.Select(r =>
            $"    {r.Name.PadRight(first)}  {Excerpt.Of(r.Image).PadRight(second)}  {Excerpt.Of(r.Here)}{(r.Differs ? "  <- differs" : "")}");
        return string.Join('\n', lines.Prepend($"    {"".PadRight(first)}  {left.PadRight(second)}  {right}"));
    }

    private sealed record Row(string Name, string Image, string Here, bool Counts)
    {
        public bool Differs => Image != Here;
    }
}
