using System.Buffers.Binary;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Walks the fields of one message in the wire format of Protocol Buffers.</summary>
/// <remarks>
/// Nothing is copied, and nothing nests unless a caller opens what <see cref="Bytes"/> gave. Every length is checked
/// against the message.
/// </remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string location)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _message = message;
    private readonly string _location = location;
    private int _position;
    private int _type;

    /// <summary>The number of the field that <see cref="TryNext"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>The value of a field that is a number of variable length; a bool is 0 or 1.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of a text, of bytes or of a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The bits of a field of fixed width.</summary>
    public ulong Bits { get; private set; }

    /// <summary>The value of a binary32 field.</summary>
    public readonly float Real => _type == Fixed32 ? BitConverter.UInt32BitsToSingle((uint)Bits) : throw Damaged();

    /// <summary>The value as a whole number; negative ones are written in ten bytes.</summary>
    public readonly int Integer => _type == Varint ? unchecked((int)Number) : throw Damaged();

    /// <summary>The value as a switch.</summary>
    public readonly bool Flag => _type == Varint ? Number != 0 : throw Damaged();

    /// <summary>The value as text or bytes.</summary>
    public readonly ReadOnlySpan<byte> Payload => _type == Delimited ? Bytes : throw Damaged();

    /// <summary>Goes to the next field; false at the end of the message.</summary>
    /// <exception cref="CompilationException">FLC1301: the bytes are no message.</exception>
    public bool TryNext()
    {
        if (_position == _message.Length)
        {
            return false;
        }

        ulong tag = ReadVarint();
        if (tag >> 3 is 0 or > int.MaxValue)
        {
            throw Damaged();
        }

        Field = (int)(tag >> 3);
        _type = (int)(tag & 7);
        switch (_type)
        {
            case Varint:
                Number = ReadVarint();
                break;
            case Fixed64:
                Bits = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case Fixed32:
                Bits = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            case Delimited:
                Bytes = Take(ReadVarint());
                break;
            default:
                throw Damaged();
        }

        return true;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && _position < _message.Length; shift += 7)
        {
            byte part = _message[_position++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _position))
        {
            throw Damaged();
        }

        ReadOnlySpan<byte> taken = _message.Slice(_position, (int)length);
        _position += (int)length;
        return taken;
    }

    private readonly CompilationException Damaged() => new(
        Codes.TokenizerInvalid, $"the file is no SentencePiece model: its bytes make no sense at offset {_position} of a message",
        _location, "fetch the file again; a file of a few hundred bytes is a pointer that 'git lfs pull' replaces by the file");
}
