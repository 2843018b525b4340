using System.Text;

namespace Flightc.Tests.Tokenizers;

/// <summary>Writes SentencePiece model files.</summary>
internal sealed class SentencePieceBytes
{
    private readonly List<byte> _bytes = [];

    public SentencePieceBytes Piece(string text, float score = 0, int kind = 1)
    {
        List<byte> piece = [];
        Delimited(piece, 1, Encoding.UTF8.GetBytes(text));
        piece.Add((2 << 3) | 5);
        piece.AddRange(BitConverter.GetBytes(score));
        Number(piece, 3, kind);
        Delimited(_bytes, 1, [.. piece]);
        return this;
    }

    /// <summary>Numbers of the trainer's specification, by field: 3 is the kind of model, 35 byte fallback.</summary>
    public SentencePieceBytes Trainer(params (int Field, int Value)[] fields) => Message(2, fields, []);

    /// <summary>Switches of the normaliser's: 3 adds a prefix, 4 removes extra spaces, 5 escapes spaces.</summary>
    public SentencePieceBytes Normalizer(byte[] map, params (int Field, int Value)[] fields) => Message(3, fields, map);

    public byte[] ToBytes() => [.. _bytes];

    public Flightc.Tokenizers.Tokenizer Build(params (string Name, string Content)[] beside)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tokenizer.model"], ToBytes());
        foreach ((string name, string content) in beside)
        {
            File.WriteAllText(folder[name], content);
        }

        return Flightc.Tokenizers.Tokenizer.Load(folder.Root);
    }

    private SentencePieceBytes Message(int field, (int Field, int Value)[] fields, byte[] map)
    {
        List<byte> message = [];
        if (map.Length > 0)
        {
            Delimited(message, 2, map);
        }

        foreach ((int number, int value) in fields)
        {
            Number(message, number, value);
        }

        Delimited(_bytes, field, [.. message]);
        return this;
    }

    private static void Number(List<byte> target, int field, int value)
    {
        Varint(target, (ulong)field << 3);
        Varint(target, (ulong)(long)value);
    }

    private static void Delimited(List<byte> target, int field, byte[] content)
    {
        Varint(target, ((ulong)field << 3) | 2);
        Varint(target, (ulong)content.Length);
        target.AddRange(content);
    }

    private static void Varint(List<byte> target, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            target.Add((byte)(value | 0x80));
        }

        target.Add((byte)value);
    }
}
