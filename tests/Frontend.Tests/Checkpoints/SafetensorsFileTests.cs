using System.Text;
using System.Text.Json;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private const string OneTensor = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_case_of_the_malformed_set_has_the_verdict_of_its_manifest()
    {
        string folder = TestData.Wider("malformed", "safetensors-cases");
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        List<string> wrong = [];
        int accepted = 0;
        foreach (JsonElement entry in manifest.RootElement.EnumerateArray())
        {
            string name = entry.GetProperty("file").GetString()!;
            bool expected = entry.GetProperty("verdict").GetString()!.StartsWith("accept", StringComparison.Ordinal);
            string? fault = Fault(Path.Combine(folder, name));
            accepted += fault is null ? 1 : 0;
            if (fault is null != expected)
            {
                wrong.Add($"{name}: {fault ?? "accepted"}");
            }
        }

        Assert.Empty(wrong);
        Assert.InRange(accepted, 1, manifest.RootElement.GetArrayLength() - 1);
    }

    [Fact]
    public void One_file_of_every_common_type_opens()
    {
        string[] files = Directory.GetFiles(TestData.Wider("safetensors", "samples"), "*.safetensors");
        Assert.NotEmpty(files);
        foreach (string path in files)
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            Assert.All(file.Tensors, tensor => Assert.Equal(6, tensor.ElementCount));
            Assert.Equal("a", file.Metadata["test"]);
            Assert.Equal(file.Length - file.DataOffset, file.Tensors.Sum(tensor => tensor.ByteLength));
        }
    }

    [Theory]
    [InlineData("BOOL", 8, 8)]
    [InlineData("F4", 2, 1)]
    [InlineData("F6_E2M3", 4, 3)]
    [InlineData("F6_E3M2", 4, 3)]
    [InlineData("U8", 1, 1)]
    [InlineData("I8", 1, 1)]
    [InlineData("F8_E5M2", 1, 1)]
    [InlineData("F8_E4M3", 1, 1)]
    [InlineData("F8_E8M0", 1, 1)]
    [InlineData("F8_E4M3FNUZ", 1, 1)]
    [InlineData("F8_E5M2FNUZ", 1, 1)]
    [InlineData("I16", 1, 2)]
    [InlineData("U16", 1, 2)]
    [InlineData("F16", 1, 2)]
    [InlineData("BF16", 1, 2)]
    [InlineData("I32", 1, 4)]
    [InlineData("U32", 1, 4)]
    [InlineData("F32", 1, 4)]
    [InlineData("C64", 1, 8)]
    [InlineData("F64", 1, 8)]
    [InlineData("I64", 1, 8)]
    [InlineData("U64", 1, 8)]
    public void Every_type_of_the_format_is_known_with_its_size(string type, int elements, int bytes)
    {
        using SafetensorsFile file = Open(SafetensorsBytes.File(("a", type, [elements], new byte[bytes])));

        Assert.Equal(type, Assert.Single(file.Tensors).Type.Name());
        Rejects(SafetensorsBytes.File(("a", type, [elements], new byte[bytes + 1])), $"has {bytes + 1} bytes of data, but {type} [{elements}] needs {bytes} bytes");
    }

    [Fact]
    public void Elements_that_do_not_fill_a_byte_are_refused() =>
        Rejects(SafetensorsBytes.File(("a", "F4", [3], new byte[2])), "needs 12 bits, not a whole number of bytes");

    [Fact]
    public void Bytes_are_read_where_the_header_says()
    {
        using SafetensorsFile file = Open(SafetensorsBytes.File(("b", "U8", [3], [1, 2, 3]), ("a", "U8", [2], [4, 5])));

        Assert.Equal(["b", "a"], file.Tensors.Select(tensor => tensor.Name));
        Assert.True(file.TryGet("a", out SafetensorsTensor a));
        Assert.Equal([4, 5], file.Span(a, 0, 2).ToArray());
        Assert.Equal([5], file.Span(a, 1, 1).ToArray());
        Assert.Empty(file.Span(a, 2, 0).ToArray());
        Assert.False(file.TryGet("c", out _));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 3)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(long.MaxValue, 1)]
    public void No_byte_outside_a_tensor_can_be_asked_for(long offset, int count)
    {
        using SafetensorsFile file = Open(SafetensorsBytes.File(("b", "U8", [3], [1, 2, 3]), ("a", "U8", [2], [4, 5])));
        Assert.True(file.TryGet("a", out SafetensorsTensor a));

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(a, offset, count).Length);
    }

    [Fact]
    public void A_tensor_made_by_the_caller_is_not_trusted()
    {
        using SafetensorsFile file = Open(SafetensorsBytes.File(("a", "U8", [1], [1])));
        SafetensorsTensor forged = new("a", StoredType.U8, [1 << 20], 0, 1 << 20);

        Assert.Throws<ArgumentException>(() => file.Span(forged, 0, 1 << 20).Length);
    }

    [Fact]
    public void A_closed_file_says_so()
    {
        SafetensorsFile file = Open(SafetensorsBytes.File(("a", "U8", [1], [1])));
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Span(file.Tensors[0], 0, 1).Length);
    }

    [Fact]
    public void Metadata_are_listed_in_ordinal_order()
    {
        using SafetensorsFile file = Open(SafetensorsBytes.File("""{"__metadata__":{"b":"2","a":"\u0031","B":"3"}}"""));

        Assert.Equal(["B", "a", "b"], file.Metadata.Keys);
        Assert.Equal("1", file.Metadata["a"]);
        Assert.Empty(file.Tensors);
    }

    [Theory]
    [InlineData("[]", "the header is an array; an object is wanted")]
    [InlineData("3", "the header is the number 3; an object is wanted")]
    [InlineData("{} {}", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("/* */{}", "not valid JSON")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", "'a' in '__metadata__' is the number 1; a string is wanted")]
    [InlineData("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", "'__metadata__' has the key 'a' twice")]
    [InlineData("{\"__metadata__\":[]}", "'__metadata__' is an array")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", "the key '__metadata__' twice")]
    [InlineData("{\"a\":1}", "tensor 'a' is the number 1; an object")]
    [InlineData("{\"a\":{}}", "tensor 'a' has no 'dtype'")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}", "has no 'shape'")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}", "has no 'data_offsets'")]
    [InlineData("{\"a\":{\"dtype\":8}}", "a 'dtype' that is the number 8")]
    [InlineData("{\"a\":{\"dtype\":\"INT8\"}}", "has the unknown dtype 'INT8'")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", "has the key 'dtype' twice")]
    [InlineData("{\"a\":{\"shape\":{}}}", "a 'shape' that is an object")]
    [InlineData("{\"a\":{\"shape\":[1,null]}}", "has null in 'shape'")]
    [InlineData("{\"a\":{\"shape\":[1e2]}}", "has the number 1e2 in 'shape'")]
    [InlineData("{\"a\":{\"shape\":[18446744073709551616]}}", "has the number 18446744073709551616 in 'shape'")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0]}}", "has 1 numbers in 'data_offsets'")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[18446744073709551615,0],\"data_offsets\":[0,0]}}", "a dimension above 2^63 - 1")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[18446744073709551614,18446744073709551615]}}", "only 0 bytes of data")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", "half a surrogate pair")]
    public void A_broken_header_is_refused_with_its_reason(string header, string reason) => Rejects(SafetensorsBytes.File(header), reason);

    [Fact]
    public void A_hole_and_an_overlap_are_told_apart()
    {
        const string hole = """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""";
        const string overlap = """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""";

        Rejects(SafetensorsBytes.File(hole, 1, 2, 3), "tensor 'b' begins at byte 2 of the data and leaves a hole: what is before it ends at 1");
        Rejects(SafetensorsBytes.File(overlap, 1, 2, 3), "tensor 'b' begins at byte 1 of the data and overlaps the tensor before it, which ends at 2");
    }

    [Fact]
    public void A_file_is_refused_at_whatever_byte_it_is_cut()
    {
        byte[] whole = SafetensorsBytes.File(OneTensor, new byte[8]);
        Assert.Null(Fault(_folder.Write("whole.safetensors", whole)));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.NotNull(Fault(_folder.Write("cut.safetensors", whole[..length])));
        }
    }

    [Fact]
    public void No_changed_byte_of_the_header_makes_anything_but_a_coded_error()
    {
        byte[] whole = SafetensorsBytes.File(OneTensor, new byte[8]);
        int refused = 0;
        for (int i = 0; i < whole.Length - 8; i++)
        {
            byte original = whole[i];
            foreach (byte changed in (byte[])[0, (byte)'"', (byte)'{', (byte)'9', (byte)'-', 0x80, 0xFF])
            {
                whole[i] = changed;
                refused += Fault(_folder.Write("changed.safetensors", whole)) is null ? 0 : 1;
            }

            whole[i] = original;
        }

        Assert.True(refused > 300);
    }

    [Fact]
    public void A_header_cannot_make_us_hold_much_more_than_its_own_size()
    {
        string keys = string.Join(",", Enumerable.Range(0, (1 << 16) + 1).Select(i => $"\"{i}\":\"\""));
        string sizes = string.Join(",", Enumerable.Repeat("0", 1025));

        Rejects(SafetensorsBytes.File("{\"__metadata__\":{" + keys + "}}"), "'__metadata__' has more than 65536 keys");
        Rejects(SafetensorsBytes.File("{\"a\":{\"shape\":[" + sizes + "]}}"), "has more than 1024 numbers in 'shape'");
    }

    [Fact]
    public void The_byte_order_mark_is_no_white_space() =>
        Rejects(SafetensorsBytes.File(Encoding.UTF8.GetBytes("\uFEFF{}")), "not valid JSON");

    [Fact]
    public void Control_characters_of_a_name_do_not_reach_the_terminal() =>
        Rejects(SafetensorsBytes.File("""{"\u001b[2J":{}}"""), "tensor '\\u001b[2J' has no 'dtype'");

    [Fact]
    public void A_missing_file_and_a_folder_are_not_readable()
    {
        string missing = _folder["missing.safetensors"];

        Assert.Equal(Codes.FileNotReadable, Assert.Throws<CompilationException>(() => SafetensorsFile.Open(missing)).Diagnostics[0].Code);
        Assert.Equal(Codes.FileNotReadable, Assert.Throws<CompilationException>(() => SafetensorsFile.Open(_folder.Root)).Diagnostics[0].Code);
    }

    private SafetensorsFile Open(byte[] bytes) => SafetensorsFile.Open(_folder.Write("file.safetensors", bytes));

    private void Rejects(byte[] bytes, string reason) => Assert.Contains(reason, Fault(_folder.Write("file.safetensors", bytes)), StringComparison.Ordinal);

    /// <summary>Why a file is refused, or null. Any exception but the right one fails the test.</summary>
    private static string? Fault(string path)
    {
        try
        {
            SafetensorsFile.Open(path).Dispose();
            return null;
        }
        catch (CompilationException e)
        {
            Diagnostic fault = Assert.Single(e.Diagnostics);
            Assert.Equal(Codes.SafetensorsInvalid, fault.Code);
            Assert.Equal(path, fault.Location);
            return fault.Message;
        }
    }
}
