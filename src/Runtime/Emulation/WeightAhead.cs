using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// Reads weights of the next product into the caches of threads that have nothing to do, while another executes what lies
/// between two products: so the memory rests as little as on the machine itself, where loads run ahead.
/// </summary>
/// <remarks>
/// It goes by hints and only asks for lines of the cache: whatever it is told, nothing is read or changed. How long a product
/// is it knows from the step before.
/// </remarks>
internal sealed unsafe class WeightAhead : IIdleWork
{
    // About what a second level cache holds beside the rest.
    private const long MostBytes = 768 << 10;
    private const int LinesAtOnce = 8;
    private const int Line = 64;

    private readonly ByteQueue[][] _rings;
    private readonly Dictionary<int, long>[] _lengths;
    private readonly long[] _begun;
    private readonly int[] _product;
    private readonly nint[] _starts;
    private readonly Cursor[] _cursors;
    private int _hint;
    private int _channels;
    private long _length;

    /// <summary>Prepares hints.</summary>
    /// <param name="rings">The rings of weights, by core and channel.</param>
    /// <param name="workers">Threads, the one that issues instructions included.</param>
    public WeightAhead(ByteQueue[][] rings, int workers)
    {
        _rings = rings;
        _lengths = [.. rings.Select(_ => new Dictionary<int, long>())];
        _begun = new long[rings.Length];
        _product = new int[rings.Length];
        _starts = new nint[rings.Max(r => r.Length)];
        _cursors = [.. Enumerable.Range(0, workers).Select(_ => new Cursor())];
    }

    /// <summary>Goes to the beginning of a step.</summary>
    public void Start()
    {
        Array.Clear(_product);
        for (int core = 0; core < _begun.Length; core++)
        {
            _begun[core] = Taken(core);
        }
    }

    /// <summary>Tells that a core has ended a product: the next core's is the next.</summary>
    /// <param name="core">Number of the core.</param>
    public void End(int core)
    {
        long taken = Taken(core);
        _lengths[core][_product[core]++] = (taken - _begun[core]) / _rings[core].Length;
        _begun[core] = taken;
        int next = core + 1 == _rings.Length ? 0 : core + 1;
        if (!_lengths[next].TryGetValue(_product[next], out long length))
        {
            length = 0;
        }

        ByteQueue[] rings = _rings[next];
        for (int i = 0; i < rings.Length; i++)
        {
            _starts[i] = (nint)rings[i].Position;
        }

        (_channels, _length) = (rings.Length, length);
        Volatile.Write(ref _hint, _hint + 1);
    }

    /// <inheritdoc/>
    public bool DoSome(int worker)
    {
        Cursor cursor = _cursors[worker];
        int hint = Volatile.Read(ref _hint);
        if (hint != cursor.Hint)
        {
            // The channels with which this thread begins, as in ChannelShares.
            cursor.Hint = hint;
            cursor.Channel = worker * _channels / _cursors.Length;
            cursor.End = (worker + 1) * _channels / _cursors.Length;
            cursor.Offset = 0;
            cursor.Left = MostBytes;
        }

        if (cursor.Channel >= cursor.End || cursor.Left <= 0)
        {
            return false;
        }

        if (cursor.Offset >= _length)
        {
            cursor.Channel++;
            cursor.Offset = 0;
            return true;
        }

        byte* line = (byte*)_starts[cursor.Channel] + cursor.Offset;
        for (int i = 0; i < LinesAtOnce; i++, line += Line)
        {
            Sse.Prefetch1(line);
        }

        cursor.Offset += LinesAtOnce * Line;
        cursor.Left -= LinesAtOnce * Line;
        return true;
    }

    private long Taken(int core)
    {
        long taken = 0;
        foreach (ByteQueue ring in _rings[core])
        {
            taken += ring.Taken;
        }

        return taken;
    }

    // How far one thread has come.
    private sealed class Cursor
    {
        public int Hint { get; set; }

        public int Channel { get; set; }

        public int End { get; set; }

        public long Offset { get; set; }

        public long Left { get; set; }
    }
}
