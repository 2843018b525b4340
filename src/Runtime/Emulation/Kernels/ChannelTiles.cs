using System.Runtime.Intrinsics.X86;
using Flightc.Diagnostics;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Where the tiles of a product lie in one channel, by row block. Only headers are looked at.</summary>
internal sealed unsafe class ChannelTiles(ByteQueue ring) : IDisposable
{
    private const int LastFlag = 4;

    // Tiles ahead whose headers are fetched: memory takes about as long as so many headers.
    private const int Ahead = 12;

    private readonly TileShape _shape = new();
    private readonly List<NativeBuffer> _copies = [];
    private FoundTile[] _tiles = new FoundTile[64];
    private TileRun[] _runs = new TileRun[16];
    private int _tileCount, _runCount, _copied, _blocks, _columns;
    private bool _isSorted;
    private long _dryAt;

    /// <summary>Whether the last tile has been found.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether there may be tiles that <see cref="Scan"/> has not seen.</summary>
    public bool IsOpen => !IsFinished && ring.Available != _dryAt;

    /// <summary>Begins a product.</summary>
    /// <param name="blocks">Row blocks of the product.</param>
    /// <param name="columns">K.</param>
    public void Begin(int blocks, int columns)
    {
        (_blocks, _columns) = (blocks, columns);
        (_tileCount, _runCount, _copied) = (0, 0, 0);
        (_isSorted, IsFinished, _dryAt) = (true, false, -1);
    }

    /// <summary>Takes tiles off the ring up to the last of the product, or as many as there are.</summary>
    /// <exception cref="CompilationException">A tile is damaged or is not one of this product (FLC4005).</exception>
    public void Scan()
    {
        while (!IsFinished)
        {
            ScanHead();
            if (!IsFinished && !ScanNearEnd())
            {
                break;
            }
        }

        _dryAt = ring.Available;
        if (IsFinished && !_isSorted)
        {
            SortByRowBlock();
        }
    }

    /// <summary>The runs of a row block, once <see cref="IsFinished"/>.</summary>
    public ReadOnlySpan<TileRun> RunsOf(int rowBlock)
    {
        int low = 0;
        for (int high = _runCount; low < high;)
        {
            int middle = (low + high) / 2;
            (low, high) = _runs[middle].RowBlock < rowBlock ? (middle + 1, high) : (low, middle);
        }

        int end = low;
        while (end < _runCount && _runs[end].RowBlock == rowBlock)
        {
            end++;
        }

        return _runs.AsSpan(low, end - low);
    }

    /// <summary>The tiles of a run.</summary>
    public ReadOnlySpan<FoundTile> TilesOf(in TileRun run) => _tiles.AsSpan(run.First, run.Count);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer copy in _copies)
        {
            copy.Dispose();
        }
    }

    // The tiles of the first run of memory that can be read where they are.
    private void ScanHead()
    {
        byte* head = ring.Head;
        long length = ring.HeadLength, at = 0;
        while (at + TileHeader.HeaderBytes <= length && !IsFinished)
        {
            ulong word = *(ulong*)(head + at);
            int bytes = Check(word);
            if (at + bytes + NativeBuffer.Slack > length)
            {
                break;
            }

            if (Sse.IsSupported)
            {
                Sse.Prefetch0(head + at + ((long)Ahead * bytes));
            }

            Add(word, head + at);
            at += bytes;
        }

        ring.Pop(at);
    }

    // Where a run of memory ends, a tile may go on in the next, and loads of whole registers would read past
    // the end: the tile is copied. False where it is not all there.
    private bool ScanNearEnd()
    {
        if (ring.Available < TileHeader.HeaderBytes)
        {
            return false;
        }

        ulong word;
        ring.Peek((byte*)&word, TileHeader.HeaderBytes);
        int bytes = Check(word);
        if (ring.Available < bytes)
        {
            return false;
        }

        if (_copied == _copies.Count)
        {
            _copies.Add(new NativeBuffer());
        }

        byte* copy = _copies[_copied++].Ensure(TileHeader.MaxTileBytes);
        ring.Peek(copy, bytes);
        ring.Pop(bytes);
        Add(word, copy);
        return true;
    }

    // Bytes of a tile of this product.
    private int Check(ulong word)
    {
        int rowBlock = (int)(word >> 3) & (TileHeader.MaxIndex - 1);
        if ((word & 3) != (int)TileKind.Weights)
        {
            TileHeader header = TileHeader.Parse(word);
            return header.Kind == TileKind.Scales && rowBlock >= _blocks ? throw Foreign(word) : (int)header.TileBytes;
        }

        TileShape shape = _shape;
        if (word >> TileShape.KeyBit != shape.Key)
        {
            shape.Set(word);
        }

        int column = ((int)(word >> 17) & (TileHeader.MaxIndex - 1)) * shape.GroupSize;
        return rowBlock >= _blocks || column >= _columns || (shape.End > 0 && column + (16 * (shape.End - 1)) >= _columns)
            ? throw Foreign(word)
            : shape.Bytes;
    }

    private void Add(ulong word, byte* tile)
    {
        IsFinished = (word & LastFlag) != 0;
        if ((word & 3) == (int)TileKind.End)
        {
            return;
        }

        if (_tileCount == _tiles.Length)
        {
            Array.Resize(ref _tiles, 2 * _tileCount);
        }

        _tiles[_tileCount] = new FoundTile((nint)tile, word);
        int rowBlock = (int)(word >> 3) & (TileHeader.MaxIndex - 1);
        if (_runCount > 0 && _runs[_runCount - 1].RowBlock == rowBlock)
        {
            ref TileRun run = ref _runs[_runCount - 1];
            run = run with { Count = run.Count + 1 };
        }
        else
        {
            BeginRun(rowBlock);
        }

        _tileCount++;
    }

    private void BeginRun(int rowBlock)
    {
        if (_runCount == _runs.Length)
        {
            Array.Resize(ref _runs, 2 * _runCount);
        }

        _isSorted &= _runCount == 0 || _runs[_runCount - 1].RowBlock < rowBlock;
        _runs[_runCount++] = new TileRun(rowBlock, _tileCount, 1);
    }

    // The packer's order needs none. Runs of a row block stay in their order.
    private void SortByRowBlock()
    {
        TileRun[] sorted = [.. _runs.Take(_runCount).OrderBy(r => r.RowBlock)];
        sorted.CopyTo(_runs, 0);
        _isSorted = true;
    }

    private CompilationException Foreign(ulong word) =>
        new(
            Codes.ImageDamaged,
            $"the weight stream has the tile '{TileHeader.Parse(word)}' in a product of {_blocks} row blocks and {_columns} columns",
            "", "write the image again");
}
