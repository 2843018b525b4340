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

    // Tiles of places that are taken already: no packer makes them, but they would count.
    private readonly List<(FoundTile Tile, int Which)> _left = [];
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

    /// <summary>Takes tiles.</summary>
    /// <param name="tiles">The tiles.</param>
    /// <param name="which">0 or 1: which of the row blocks they belong to.</param>
    /// <param name="rowScales">(16) scales of its rows.</param>
    public void Take(ReadOnlySpan<FoundTile> tiles, int which, Span<float> rowScales)
    {
        foreach (ref readonly FoundTile tile in tiles)
        {
            if ((tile.Word & 3) == (int)TileKind.Weights)
            {
                Put(tile, which);
            }
            else
            {
                TileReader.ReadScales(new ReadOnlySpan<byte>(tile.Start, (int)TileHeader.Parse(tile.Word).TileBytes), rowScales);
            }
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

        (FoundTile Tile, int Which)[] left = [.. _left];
        _places.AsSpan(0, 2 * _width).Clear();
        _left.Clear();
        foreach ((FoundTile tile, int which) in left)
        {
            Put(tile, which);
        }

        return true;
    }

    private void Put(in FoundTile tile, int which)
    {
        int size = 1 << (int)(tile.Word >> TileShape.KeyBit & 3);
        int first = ((int)(tile.Word >> 17) & (TileHeader.MaxIndex - 1)) * size;
        Span<nint> places = _places.AsSpan((which * _width) + first, size);
        if (places.ContainsAnyExcept((nint)0))
        {
            _left.Add((tile, which));
            return;
        }

        places.Fill(Covered);
        places[0] = tile.Address;
    }
}
