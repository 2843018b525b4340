using System.Text.Json;
using System.Text.Unicode;
using Flightc.Diagnostics;

namespace Flightc.Container;

/// <summary>
/// The JSON header of a safetensors file, read once from front to back and checked against the data behind
/// it.
/// </summary>
/// <remarks>
/// Rules: UTF-8; one JSON object with nothing but white space around it, no deeper than
/// <see cref="MaxDepth"/>; no key twice; <c>__metadata__</c> maps strings to strings; every other key is a
/// tensor with a known <c>dtype</c>, a <c>shape</c> of unsigned integers and a <c>data_offsets</c> pair;
/// unknown fields of a tensor are passed over; the number of bytes is what type and shape need; tensors in
/// the order of their offsets cover the data without hole or overlap.
/// </remarks>
internal ref struct SafetensorsHeader
{
    /// <summary>
    /// What the reference reader allows; reading needs no stack, so this only keeps the verdicts alike.
    /// </summary>
    private const int MaxDepth = 127;

    /// <summary>
    /// Far above any real tensor; keeps what a hostile header makes us hold near the header's own size.
    /// </summary>
    private const int MaxRank = 1024;

    /// <summary>Likewise: real files have a handful of metadata keys.</summary>
    private const int MaxMetadataKeys = 1 << 16;

    private const string Metadata = "__metadata__";

    private readonly string _file;
    private readonly long _dataLength;
    private readonly List<SafetensorsTensor> _tensors = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private Utf8JsonReader _json;

    private SafetensorsHeader(ReadOnlySpan<byte> json, long dataLength, string file)
    {
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        _dataLength = dataLength;
        _file = file;
    }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="json">The header's bytes without the length before them.</param>
    /// <param name="dataLength">Number of bytes behind the header.</param>
    /// <param name="file">The file, for messages.</param>
    /// <returns>The tensors in the order of their offsets, and the metadata.</returns>
    public static (List<SafetensorsTensor> Tensors, SortedDictionary<string, string> Metadata) Read(
        ReadOnlySpan<byte> json, long dataLength, string file)
    {
        if (!Utf8.IsValid(json))
        {
            throw Invalid(file, "the header is not valid UTF-8");
        }

        SafetensorsHeader header = new(json, dataLength, file);
        try
        {
            header.ReadRoot();
        }
        catch (JsonException e)
        {
            string help = json.Contains((byte)0) ? "a header is padded with spaces, not with zero bytes" : "";
            throw Invalid(file, $"the header is not valid JSON: {Excerpt.Of(e.Message)}", help);
        }

        header.CheckCoverage();
        return (header._tensors, header._metadata);
    }

    public static CompilationException Invalid(string file, string message, string help = "") =>
        new(Codes.SafetensorsInvalid, message, file, help);

    private void ReadRoot()
    {
        _json.Read();
        if (_json.TokenType is not JsonTokenType.StartObject)
        {
            throw Invalid(_file, $"the header is {Kind()}; an object is wanted");
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        while (NextKey(out string name))
        {
            if (!names.Add(name))
            {
                throw Invalid(_file, $"the header has the key '{Excerpt.Of(name)}' twice");
            }

            if (name == Metadata)
            {
                ReadMetadata();
            }
            else
            {
                _tensors.Add(ReadTensor(name));
            }
        }

        // White space may follow; anything else makes the reader throw.
        while (_json.Read())
        {
        }
    }

    private void ReadMetadata()
    {
        if (_json.TokenType is JsonTokenType.Null)
        {
            return;
        }

        if (_json.TokenType is not JsonTokenType.StartObject)
        {
            throw Invalid(_file, $"'{Metadata}' is {Kind()}; an object of strings is wanted");
        }

        while (NextKey(out string key))
        {
            if (_json.TokenType is not JsonTokenType.String)
            {
                throw Invalid(_file, $"'{Excerpt.Of(key)}' in '{Metadata}' is {Kind()}; a string is wanted");
            }

            if (!_metadata.TryAdd(key, Text()))
            {
                throw Invalid(_file, $"'{Metadata}' has the key '{Excerpt.Of(key)}' twice");
            }

            if (_metadata.Count > MaxMetadataKeys)
            {
                throw Invalid(_file, $"'{Metadata}' has more than {MaxMetadataKeys} keys");
            }
        }
    }

    private SafetensorsTensor ReadTensor(string name)
    {
        if (_json.TokenType is not JsonTokenType.StartObject)
        {
            throw InvalidTensor(name, $"is {Kind()}; an object with 'dtype', 'shape' and 'data_offsets' is wanted");
        }

        StoredType? type = null;
        List<ulong>? shape = null;
        List<ulong>? offsets = null;
        while (NextKey(out string field))
        {
            bool seen = field switch
            {
                "dtype" => type is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => false,
            };
            if (seen)
            {
                throw InvalidTensor(name, $"has the key '{field}' twice");
            }

            switch (field)
            {
                case "dtype":
                    type = ReadType(name);
                    break;
                case "shape":
                    shape = ReadIntegers(name, field, MaxRank);
                    break;
                case "data_offsets":
                    offsets = ReadIntegers(name, field, 2);
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        string? missing = type is null ? "dtype" : shape is null ? "shape" : offsets is null ? "data_offsets" : null;
        if (missing is not null)
        {
            throw InvalidTensor(name, $"has no '{missing}'");
        }

        return Checked(name, type!.Value, shape!, offsets!);
    }

    private StoredType ReadType(string name)
    {
        if (_json.TokenType is not JsonTokenType.String)
        {
            throw InvalidTensor(name, $"has a 'dtype' that is {Kind()}; a string is wanted");
        }

        string text = Text();
        if (!StoredTypes.TryParse(text, out StoredType type))
        {
            string known = string.Join(", ", Enum.GetValues<StoredType>().Select(t => t.Name()));
            throw InvalidTensor(name, $"has the unknown dtype '{Excerpt.Of(text)}'", $"the format knows {known}");
        }

        return type;
    }

    private List<ulong> ReadIntegers(string name, string field, int most)
    {
        if (_json.TokenType is not JsonTokenType.StartArray)
        {
            throw InvalidTensor(name, $"has a '{field}' that is {Kind()}; an array of integers is wanted");
        }

        List<ulong> values = [];
        while (_json.Read() && _json.TokenType is not JsonTokenType.EndArray)
        {
            // Refuses a sign, a fraction, an exponent and what exceeds 64 bits, as the reference reader does.
            if (_json.TokenType is not JsonTokenType.Number || !_json.TryGetUInt64(out ulong value))
            {
                throw InvalidTensor(name, $"has {Kind()} in '{field}'; an unsigned integer is wanted");
            }

            if (values.Count == most)
            {
                throw InvalidTensor(name, $"has more than {most} numbers in '{field}'");
            }

            values.Add(value);
        }

        return values;
    }

    private readonly SafetensorsTensor Checked(string name, StoredType type, List<ulong> shape, List<ulong> offsets)
    {
        if (offsets.Count != 2)
        {
            throw InvalidTensor(name, $"has {offsets.Count} numbers in 'data_offsets'; begin and end are wanted");
        }

        ulong begin = offsets[0];
        ulong end = offsets[1];
        if (end < begin)
        {
            throw InvalidTensor(name, $"ends at byte {end} of the data, before its begin at {begin}");
        }

        if (end > (ulong)_dataLength)
        {
            throw InvalidTensor(
                name, $"ends at byte {end} of the data, but the file has only {_dataLength} bytes of data",
                "the file is cut short: fetch it again");
        }

        ulong bits;
        try
        {
            bits = shape.Aggregate(1UL, (product, size) => checked(product * size));
            bits = checked(bits * (ulong)type.Bits());
        }
        catch (OverflowException)
        {
            throw InvalidTensor(name, "has a shape whose size exceeds 64 bits");
        }

        if (bits % 8 != 0 || bits / 8 != end - begin)
        {
            string needed = bits % 8 == 0 ? $"{bits / 8} bytes" : $"{bits} bits, not a whole number of bytes";
            string dimensions = Excerpt.Of(string.Join(", ", shape.Take(16)));
            throw InvalidTensor(
                name, $"has {end - begin} bytes of data, but {type.Name()} [{dimensions}] needs {needed}");
        }

        if (shape.Exists(size => size > long.MaxValue))
        {
            throw InvalidTensor(name, "has a dimension above 2^63 - 1");
        }

        return new SafetensorsTensor(name, type, [.. shape.Select(size => (long)size)], (long)begin, (long)end);
    }

    private readonly void CheckCoverage()
    {
        _tensors.Sort((a, b) => (a.Begin, a.End) == (b.Begin, b.End)
            ? string.CompareOrdinal(a.Name, b.Name)
            : (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        long covered = 0;
        foreach (SafetensorsTensor tensor in _tensors)
        {
            if (tensor.Begin != covered)
            {
                string fault = tensor.Begin < covered
                    ? "overlaps the tensor before it, which ends"
                    : "leaves a hole: what is before it ends";
                throw InvalidTensor(
                    tensor.Name, $"begins at byte {tensor.Begin} of the data and {fault} at {covered}");
            }

            covered = tensor.End;
        }

        if (covered != _dataLength)
        {
            throw Invalid(
                _file, $"the tensors cover {covered} bytes of data, but the file has {_dataLength}",
                "no bytes may follow the last tensor");
        }
    }

    /// <summary>Stands on the value of the next key afterwards, or on the end of the object.</summary>
    private bool NextKey(out string key)
    {
        key = "";
        _json.Read();
        if (_json.TokenType is JsonTokenType.EndObject)
        {
            return false;
        }

        key = Text();
        _json.Read();
        return true;
    }

    private readonly string Text()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(
                _file,
                $"the string before byte {_json.BytesConsumed} of the header escapes half a surrogate pair");
        }
    }

    private readonly string Kind() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number =>
            $"the number {Excerpt.Of(System.Text.Encoding.UTF8.GetString(_json.ValueSpan[..Math.Min(_json.ValueSpan.Length, 40)]))}",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    private readonly CompilationException InvalidTensor(string tensor, string fault, string help = "") =>
        Invalid(_file, $"tensor '{Excerpt.Of(tensor)}' {fault}", help);
}
