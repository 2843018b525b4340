using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// Turns the characters of the <see cref="ByteAlphabet"/> back into bytes and these, as UTF-8, into text.
/// </summary>
/// <remarks>
/// A token with any other character stands for its own UTF-8 bytes. Bytes that are not UTF-8 become U+FFFD,
/// one for each maximal part of a sequence (The Unicode Standard, 3.9).
/// </remarks>
internal sealed class ByteLevelStage : DecoderStage
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _token = new();
    private bool _isFirst = true;

    public override void Push(TextChunk chunk, List<TextChunk> output)
    {
        _token.Append(chunk.Text);
        if (chunk.EndsToken)
        {
            Emit(BytesOf(_token.ToString()), false, output);
            _token.Clear();
        }
    }

    public override void Flush(List<TextChunk> output) => Emit([], true, output);

    private static byte[] BytesOf(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteAlphabet.ByteOf(token[i]);
            if (value < 0)
            {
                return Encoding.UTF8.GetBytes(token);
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private void Emit(byte[] bytes, bool isLast, List<TextChunk> output)
    {
        char[] characters = new char[_decoder.GetCharCount(bytes, isLast)];
        int count = _decoder.GetChars(bytes, characters, isLast);
        output.Add(new TextChunk(new string(characters, 0, count), _isFirst, isLast));
        _isFirst = false;
    }
}
