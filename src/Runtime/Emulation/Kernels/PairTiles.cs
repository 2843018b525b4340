using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// The tiles of two neighbouring row blocks by the columns that they cover. A place is 32 columns, the
/// smallest group; a tile stands in its first.
/// </summary>
internal sealed unsafe class PairTiles
{
    /// <summary>Columns of a place.</summary>
    public const int Place = 32;

    // Stands in the places of a tile that are not its first.
    private const nint Covered = 1;

    private readonly TileShape _shape = new();

    // Tiles of places that are taken already: no packer makes them, but they would count.
    private readonly List<(nint Tile, int Which)> _left = [];
    private nint[] _places = [];
    private int _width;

    /// <summary>Places of a row block.</summary>
    public int Places => _width;

    /// <summary>Forgets all tiles.</summary>
    /// <param name="columns">K.</param>
    public void Clear(int columns)
    {
        // A last group may reach beyond the last column.
        _width = (columns + TokenQuads.Panel - 1) / TokenQuads.Panel * (TokenQuads.Panel / Place);
        if (_places.Length < 2 * _width)
        {
            _places = new nint[2 * _width];
        }

        _places.AsSpan(0, 2 * _width).Clear();
        _left.Clear();
    }

    /// <summary>Takes the tiles of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="which">0 or 1: which of the row blocks it belongs to.</param>
    /// <param name="rowScales">(16) scales of its rows.</param>
    public void Take(in TileRun run, int which, Span<float> rowScales)
    {
        byte* tile = run.First;
        for (int i = 0; i < run.Count; i++)
        {
            ulong word = *(ulong*)tile;
            if ((word & 3) != (int)TileKind.Weights)
            {
                int bytes = (int)TileHeader.Parse(word).TileBytes;
                TileReader.ReadScales(new ReadOnlySpan<byte>(tile, bytes), rowScales);
                tile += bytes;
                continue;
            }

            Put(tile, word, which);
            tile += _shape.Bytes;
        }
    }

    /// <summary>The tile that begins at a place, or null.</summary>
    /// <param name="which">Which of the row blocks.</param>
    /// <param name="place">The place.</param>
    public byte* At(int which, int place)
    {
        nint tile = _places[(which * _width) + place];
        return tile == Covered ? null : (byte*)tile;
    }

    /// <summary>Replaces all tiles by those for which there was no place; false where there are none.</summary>
    public bool TakeLeft()
    {
        if (_left.Count == 0)
        {
            return false;
        }

        (nint Tile, int Which)[] left = [.. _left];
        _places.AsSpan(0, 2 * _width).Clear();
        _left.Clear();
        foreach ((nint tile, int which) in left)
        {
            Put((byte*)tile, *(ulong*)tile, which);
        }

        return true;
    }

    private void Put(byte* tile, ulong word, int which)
    {
        if (word >> TileShape.KeyBit != _shape.Key)
        {
            _shape.Set(word);
        }

        int size = _shape.GroupSize / Place;
        int first = ((int)(word >> 17) & (TileHeader.MaxIndex - 1)) * size;
        Span<nint> places = _places.AsSpan((which * _width) + first, size);
        if (places.ContainsAnyExcept((nint)0))
        {
            _left.Add(((nint)tile, which));
            return;
        }

        places.Fill(Covered);
        places[0] = (nint)tile;
    }
}
