using System.Buffers.Binary;
using System.Text;
using Flightc.Calibration;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>Files of statistics that are not what they say.</summary>
public sealed class HostileFileTests : IDisposable
{
    private const string DownRole = "role=layers.0.mlp.down.weight rows=12 columns=20 input=layers.0.mlp.hidden output=whole lookup=no";

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _valid;

    public HostileFileTests()
    {
        TinyModel model = new(layers: 1);
        using CalibrationStatistics statistics = CalibrationRun.Collect(
            model.Graph, model, TinyModel.Windows(3, 9), new CalibrationOptions(), null, TestContext.Current.CancellationToken);
        CalibrationFile.Write(_folder["valid"], statistics);
        _valid = File.ReadAllBytes(_folder["valid"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flightc calibration", "flightc calibrations", "'format' is 'flightc calibrations'")]
    [InlineData("\"version\":\"1\"", "\"version\":\"2\"", "'version' is '2'; '1' is wanted")]
    [InlineData("\"model\":\"", "\"model\":\"0", "a SHA-256 in hex is wanted")]
    [InlineData("\"part.0\"", "\"part.1\"", "no 'part.0'")]
    [InlineData("\"tokens\":\"9\"", "\"tokens\":\"8\"", "'tokens' is '8' in '__metadata__'; '9' is wanted")]
    [InlineData("tokens=9 ", "tokens=09 ", "is not one")]
    [InlineData("tokens=9 ", "tokens=-9 ", "is not one")]
    [InlineData("windows=1 ", "windows=99999999999 ", "is not one")]
    [InlineData("draws=1", "draws=0", "about derivatives")]
    [InlineData("draws=1", "draws=1 more=1", "is not one")]
    [InlineData("\"format\"", "\"extra\":\"1\",\"format\"", "'extra' is '1' in '__metadata__'; there is no such key")]
    [InlineData("rows=12 columns=20", "rows=13 columns=20", "[13, 13] is wanted")]
    [InlineData("rows=12 columns=20", "rows=12 columns=0", "is not one")]
    [InlineData(DownRole, "role= rows=12 columns=20 input=layers.0.mlp.hidden output=whole lookup=no", "is not one")]
    [InlineData("input=layers.0.mlp.hidden", "input=layers.0.mlp.hidde", "is missing")]
    [InlineData("input=layers.0.mlp.hidden", "input=layers.0.mlp.norm", "in different shapes")]
    [InlineData("input=layers.0.mlp.hidden output=whole", "input=layers.0.mlp.hidden output=diagonal", "[12] is wanted")]
    [InlineData("role=layers.0.attn.k.weight", "role=layers.0.attn.q.weight", "stands twice")]
    [InlineData("\"matrices.layers.0.attn.o.weight.output_moment\"", "\"other\"", "is missing")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[20]", "\"dtype\":\"I32\",\"shape\":[20]", "is I32 [20]; F32 [20] is wanted")]
    public void A_header_that_contradicts_itself_is_refused(string text, string replacement, string message)
    {
        CompilationException e = Refuses(Changed(text, replacement));
        Assert.Equal(Codes.CalibrationInvalid, e.Diagnostics[0].Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_no_matrix_is_refused()
    {
        string last = "\"matrix.7\":\"role=layers.0.mlp.down.weight rows=12 columns=20 input=layers.0.mlp.hidden output=whole lookup=no\"";
        CompilationException e = Refuses(Changed("," + last, ""));
        Assert.Contains("no matrix has the tensor", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1f)]
    public void Numbers_that_no_moment_has_are_refused_when_they_are_read(float value)
    {
        byte[] bytes = (byte[])_valid.Clone();

        // The first number is on the diagonal of a moment.
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes)), value);
        using CalibrationStatistics statistics = CalibrationFile.Read(_folder.Write("bad", bytes));
        CompilationException e = Assert.Throws<CompilationException>(() => statistics.Find("embed.weight"));
        Assert.Equal((Codes.CalibrationInvalid, _folder["bad"]), (e.Diagnostics[0].Code, e.Diagnostics[0].Location));
        Assert.Contains("element 0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_short_anywhere_is_refused()
    {
        RandomNumbers random = new(3);
        for (int i = 0; i < 200; i++)
        {
            CompilationException e = Refuses(_valid[..random.Below(_valid.Length)]);
            Assert.Equal(Codes.SafetensorsInvalid, e.Diagnostics[0].Code);
        }
    }

    [Fact]
    public void A_header_with_any_byte_changed_is_refused_or_says_something_else()
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(_valid);
        RandomNumbers random = new(5);
        for (int i = 0; i < 400; i++)
        {
            byte[] bytes = (byte[])_valid.Clone();
            bytes[random.Below(8 + header)] = (byte)random.Below(256);
            try
            {
                using CalibrationStatistics statistics = CalibrationFile.Read(_folder.Write("bad", bytes));
                Assert.All(statistics.Matrices, m => statistics.Find(m.Role));
            }
            catch (CompilationException e)
            {
                Assert.True(e.Diagnostics[0].Code is Codes.CalibrationInvalid or Codes.SafetensorsInvalid, e.Message);
            }
        }
    }

    [Fact]
    public void Other_files_are_no_statistics()
    {
        Assert.True(CalibrationFile.IsStatistics(_folder["valid"]));
        Assert.False(CalibrationFile.IsStatistics(Path.Combine(TestData.Stories, "model.safetensors")));
        Assert.False(CalibrationFile.IsStatistics(Path.Combine(TestData.Stories, "texts.jsonl")));
        Assert.False(CalibrationFile.IsStatistics(_folder["nothing"]));
        CompilationException e = Assert.Throws<CompilationException>(() => CalibrationFile.Read(Path.Combine(TestData.Stories, "model.safetensors")));
        Assert.Equal(Codes.CalibrationInvalid, e.Diagnostics[0].Code);
    }

    private CompilationException Refuses(byte[] bytes) =>
        Assert.Throws<CompilationException>(() => CalibrationFile.Read(_folder.Write("bad", bytes)).Dispose());

    // The header is written again with its new length; the data stay.
    private byte[] Changed(string text, string replacement)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(_valid);
        string header = Encoding.UTF8.GetString(_valid, 8, length);
        int at = header.IndexOf(text, StringComparison.Ordinal);
        Assert.True(at >= 0, $"the header has no '{text}': {header}");
        byte[] changed = Encoding.UTF8.GetBytes(header[..at] + replacement + header[(at + text.Length)..]);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, changed.Length);
        return [.. prefix, .. changed, .. _valid[(8 + length)..]];
    }
}
