using Flightc.Diagnostics;

namespace Flightc.Onnx.Wire;

/// <summary>Decodes the varints of a packed field, without the room that a list of them would take.</summary>
internal static class VarintChunk
{
    // What is looked at at once: spans end at 2 GiB, chunks do not.
    private const int WindowBytes = 1 << 20;
    private const int MaxVarintBytes = 10;

    /// <summary>Calls for every number, in order.</summary>
    /// <exception cref="CompilationException">They are no varints (FLC1501).</exception>
    public static void ForEach(ByteRange range, string path, Action<long> visit)
    {
        long done = 0;
        while (done < range.Length)
        {
            ReadOnlySpan<byte> window = range.Source.Span(range.Offset + done, (int)Math.Min(WindowBytes, range.Length - done));
            int at = 0;
            // The last number of a window may go on in the next one.
            while (at < window.Length && TryRead(window[at..], out ulong value, out int taken))
            {
                visit((long)value);
                at += taken;
            }

            if (at == 0)
            {
                throw new CompilationException(
                    Codes.OnnxInvalid, $"at byte {range.Offset + done}: the numbers of a tensor end within a number, or one has more than {MaxVarintBytes} bytes", path);
            }

            done += at;
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out ulong value, out int taken)
    {
        value = 0;
        for (taken = 0; taken < Math.Min(bytes.Length, MaxVarintBytes);)
        {
            byte next = bytes[taken];
            value |= (ulong)(next & 0x7F) << (7 * taken);
            taken++;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
