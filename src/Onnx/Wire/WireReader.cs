using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Flightc.Diagnostics;

namespace Flightc.Onnx.Wire;

/// <summary>Scans one protobuf message, field after field, where it lies.</summary>
/// <remarks>
/// The encoding is that of https://protobuf.dev/programming-guides/encoding/. Everything is checked before it is used: varints have at most 10 bytes, lengths
/// end within their message, messages are nested at most <see cref="MaxDepth"/> deep, groups (a form given up with proto2, which ONNX never had) are refused.
/// Offsets have 64 bits, so files beyond 2 GiB, which no protobuf library takes, are read like others. Skipping a field costs nothing, whatever its length.
/// </remarks>
internal ref struct WireReader
{
    /// <summary>The deepest nesting of messages; protobuf's own default. A graph in a graph takes three.</summary>
    public const int MaxDepth = 100;

    private const string CutShort = "the file is no ONNX model, cut short or damaged: fetch it again and compare its size";
    private const int MaxVarintBytes = 10;

    // Names and strings; weights are never texts.
    private const int MaxTextBytes = 1 << 24;

    private readonly ByteSource _source;
    private readonly long _end;
    private readonly int _depth;

    /// <summary>A message that is all of a file.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="path">Of the file, for messages.</param>
    /// <param name="message">What it is to be, such as <c>ModelProto</c>.</param>
    public WireReader(ByteSource source, string path, string message)
        : this(source, path, message, 0, source.Length, 0)
    {
    }

    private WireReader(ByteSource source, string path, string message, long start, long end, int depth)
    {
        _source = source;
        _end = end;
        _depth = depth;
        Path = path;
        Message = message;
        Position = start;
        FieldStart = start;
    }

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>What is read, such as <c>GraphProto</c>.</summary>
    public string Message { get; }

    /// <summary>Offset of the next byte within the file.</summary>
    public long Position { get; private set; }

    /// <summary>Offset of the current field within the file.</summary>
    public long FieldStart { get; private set; }

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>How the current field is written.</summary>
    public WireType Type { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end of the message.</returns>
    public bool Next()
    {
        if (Position == _end)
        {
            return false;
        }

        FieldStart = Position;
        Field = 0;
        ulong key = Varint();
        ulong number = key >> 3;
        if (number is 0 or > 0x1FFF_FFFF)
        {
            throw Invalid($"{Message} has a field of number {number}; 1 to 536870911 are possible");
        }

        Field = (int)number;
        Type = (key & 7) switch
        {
            0 => WireType.Varint,
            1 => WireType.Fixed64,
            2 => WireType.Bytes,
            5 => WireType.Fixed32,
            3 or 4 => throw Invalid($"field {Field} of {Message} is a group, which ONNX does not have"),
            ulong other => throw Invalid($"field {Field} of {Message} has the wire type {other}, which does not exist"),
        };
        return true;
    }

    /// <summary>Passes over the value of the current field.</summary>
    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Advance(sizeof(ulong));
                break;
            case WireType.Fixed32:
                Advance(sizeof(uint));
                break;
            case WireType.Bytes:
                Bytes();
                break;
        }
    }

    /// <summary>The value of an integer field, in two's complement.</summary>
    public long Int64()
    {
        Expect(WireType.Varint);
        return (long)Varint();
    }

    /// <summary>The value of a binary32 field.</summary>
    public float Float()
    {
        Expect(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(_source.Span(Advance(sizeof(float)), sizeof(float)));
    }

    /// <summary>The bits of a field of 8 bytes.</summary>
    public long Fixed64()
    {
        Expect(WireType.Fixed64);
        return BinaryPrimitives.ReadInt64LittleEndian(_source.Span(Advance(sizeof(long)), sizeof(long)));
    }

    /// <summary>The text of a field.</summary>
    public string Text()
    {
        ByteRange range = Bytes();
        if (range.Length > MaxTextBytes)
        {
            throw Invalid($"a text of {Message} (field {Field}) has {range.Length} bytes; at most {MaxTextBytes} are accepted");
        }

        ReadOnlySpan<byte> bytes = _source.Span(range.Offset, (int)range.Length);
        if (!Utf8.IsValid(bytes))
        {
            throw Invalid($"a text of {Message} (field {Field}) is not valid UTF-8");
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Where the bytes of a field lie.</summary>
    public ByteRange Bytes()
    {
        Expect(WireType.Bytes);
        ulong length = Varint();
        if (length > (ulong)(_end - Position))
        {
            throw Invalid($"field {Field} of {Message} claims {length} bytes, but only {_end - Position} remain", CutShort);
        }

        return new ByteRange(_source, Advance((long)length), (long)length);
    }

    /// <summary>The message in a field.</summary>
    /// <param name="message">What it is to be.</param>
    public WireReader Nested(string message)
    {
        ByteRange range = Bytes();
        if (_depth + 1 >= MaxDepth)
        {
            throw Invalid($"messages are nested more than {MaxDepth} deep");
        }

        return new WireReader(_source, Path, message, range.Offset, range.Offset + range.Length, _depth + 1);
    }

    /// <summary>The integers of a repeated field, of which one or, packed, many are here.</summary>
    public void Int64s(List<long> values)
    {
        if (Type == WireType.Varint)
        {
            values.Add((long)Varint());
            return;
        }

        ByteRange range = Bytes();
        WireReader inner = new(_source, Path, Message, range.Offset, range.Offset + range.Length, _depth) { FieldStart = FieldStart, Field = Field };
        while (inner.Position < inner._end)
        {
            values.Add((long)inner.Varint());
        }
    }

    /// <summary>The numbers of a repeated field, of which one or, packed, many are here.</summary>
    public void Floats(List<float> values)
    {
        if (Type == WireType.Fixed32)
        {
            values.Add(Float());
            return;
        }

        ByteRange range = Bytes();
        if (range.Length % sizeof(float) != 0)
        {
            throw Invalid($"field {Field} of {Message} has {range.Length} bytes; binary32 numbers take 4 each");
        }

        for (long at = 0; at < range.Length; at += sizeof(float))
        {
            values.Add(BinaryPrimitives.ReadSingleLittleEndian(_source.Span(range.Offset + at, sizeof(float))));
        }
    }

    /// <summary>Refuses a current field that is written in another way.</summary>
    public readonly void Expect(WireType type)
    {
        if (Type != type)
        {
            throw Invalid($"field {Field} of {Message} is written as {Type}; {type} is wanted");
        }
    }

    /// <summary>The error that the file is none, with the place in it.</summary>
    public readonly CompilationException Invalid(string message, string help = "") =>
        new(Codes.OnnxInvalid, $"at byte {FieldStart}: {message}", Path, UsualHelp.Or(help, Codes.OnnxInvalid));

    private ulong Varint()
    {
        int available = (int)Math.Min(MaxVarintBytes, _end - Position);
        ReadOnlySpan<byte> bytes = _source.Span(Position, available);
        ulong value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                // Of the tenth byte one bit is left.
                if (i == MaxVarintBytes - 1 && bytes[i] > 1)
                {
                    throw Invalid($"a number in {Message} has more than 64 bits");
                }

                Position += i + 1;
                return value;
            }
        }

        throw available == MaxVarintBytes
            ? Invalid($"a number in {Message} has more than {MaxVarintBytes} bytes")
            : Invalid($"{Message} ends within a number", CutShort);
    }

    private long Advance(long count)
    {
        if (count > _end - Position)
        {
            throw Invalid($"field {Field} of {Message} takes {count} bytes, but only {_end - Position} remain", CutShort);
        }

        long start = Position;
        Position += count;
        return start;
    }
}
