using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// INT8 activations of several tokens in the order in which <see cref="PanelProduct"/> reads them: four tokens
/// are a quad, and four columns of them 16 neighbouring bytes. Codes are stored plus 128, never negative,
/// because the fast byte products take one operand without sign.
/// </summary>
internal sealed unsafe class TokenQuads : IDisposable
{
    /// <summary>Columns of a panel: a whole number of groups of every size.</summary>
    public const int Panel = 128;

    /// <summary>Tokens of a quad.</summary>
    public const int Tokens = 4;

    /// <summary>Bytes of a panel of a quad.</summary>
    public const int QuadBytes = Panel * Tokens;

    /// <summary>What is added to a code.</summary>
    public const int Bias = 128;

    private const int Step = 16;

    private readonly NativeBuffer _codes = new();
    private int _tokens, _columns;
    private byte* _first;

    /// <summary>Quads of tokens; tokens that are not there are 0.</summary>
    public int Count { get; private set; }

    /// <summary>Makes room.</summary>
    /// <param name="tokens">T.</param>
    /// <param name="columns">K.</param>
    public void Reserve(int tokens, int columns)
    {
        (_tokens, _columns) = (tokens, columns);
        Count = (tokens + Tokens - 1) / Tokens;
        long panels = (columns + Panel - 1L) / Panel;
        _first = _codes.Ensure(panels * Count * QuadBytes);
    }

    /// <summary>(quads, 32 units of 4 columns, 4 tokens, 4 columns) codes of a panel.</summary>
    public byte* PanelAt(int panel) => _first + ((long)panel * Count * QuadBytes);

    /// <summary>Takes the codes of a quad.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="quad">Its number.</param>
    /// <param name="codes">(T, K) codes of all tokens.</param>
    /// <param name="stride">Bytes between tokens.</param>
    public void Set(VectorPath path, int quad, sbyte* codes, long stride)
    {
        int there = Math.Min(Tokens, _tokens - (quad * Tokens));
        sbyte* a = codes + (quad * Tokens * stride);

        // What stands in the place of a token that is not there does not matter.
        sbyte* b = there > 1 ? a + stride : a, c = there > 2 ? b + stride : a, d = there > 3 ? c + stride : a;
        int k = 0;
        if (path != VectorPath.Portable)
        {
            for (; k + Step <= _columns; k += Step)
            {
                Interleave(a + k, b + k, c + k, d + k, Target(quad, k));
            }
        }

        sbyte* padded = stackalloc sbyte[Tokens * Step];
        for (int end = (_columns + Panel - 1) / Panel * Panel; k < end; k += Step)
        {
            int count = Math.Clamp(_columns - k, 0, Step);
            new Span<sbyte>(padded, Tokens * Step).Clear();
            for (int i = 0; i < count; i++)
            {
                padded[i] = a[k + i];
                padded[Step + i] = b[k + i];
                padded[(2 * Step) + i] = c[k + i];
                padded[(3 * Step) + i] = d[k + i];
            }

            byte* target = Target(quad, k);
            for (int i = 0; i < Tokens * Step; i++)
            {
                target[i] = (byte)(padded[(i / 4 % Tokens * Step) + (i / Step * 4) + (i % 4)] ^ Bias);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _codes.Dispose();

    private byte* Target(int quad, int column) =>
        PanelAt(column / Panel) + ((long)quad * QuadBytes) + (column % Panel * Tokens);

    // A transposition of 4 x 4 pieces of four columns.
    private static void Interleave(sbyte* a, sbyte* b, sbyte* c, sbyte* d, byte* target)
    {
        Vector128<int> bias = Vector128.Create((byte)Bias).AsInt32();
        Vector128<int> first = Vector128.Load(a).AsInt32() ^ bias, second = Vector128.Load(b).AsInt32() ^ bias;
        Vector128<int> third = Vector128.Load(c).AsInt32() ^ bias, fourth = Vector128.Load(d).AsInt32() ^ bias;
        Vector128<long> lowPair = Sse2.UnpackLow(first, second).AsInt64(), highPair = Sse2.UnpackHigh(first, second).AsInt64();
        Vector128<long> lowRest = Sse2.UnpackLow(third, fourth).AsInt64(), highRest = Sse2.UnpackHigh(third, fourth).AsInt64();
        Sse2.UnpackLow(lowPair, lowRest).AsByte().Store(target);
        Sse2.UnpackHigh(lowPair, lowRest).AsByte().Store(target + 16);
        Sse2.UnpackLow(highPair, highRest).AsByte().Store(target + 32);
        Sse2.UnpackHigh(highPair, highRest).AsByte().Store(target + 48);
    }
}
