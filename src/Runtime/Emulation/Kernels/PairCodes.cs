using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// A panel of two row blocks, spread for <see cref="PanelProduct"/>: the blocks that one of the two has, one
/// behind the other, in segments within which multipliers are the same.
/// </summary>
internal sealed unsafe class PairCodes : IDisposable
{
    private const int PlacesPerPanel = TokenQuads.Panel / PairTiles.Place;
    private const int BlocksPerPlace = PairTiles.Place / BlockForm.Side;
    private const int MaxBlocks = TileHeader.MaxBlocks;
    private const int MaxPlanes = 2;
    private const int AllBlocks = MaxBlocks * MaxPlanes;
    private const int CacheLine = 64;

    private readonly VectorPath _path;
    private readonly TileShape[] _shapes = [new(), new()];
    private readonly NativeBuffer _work = new();

    // By row block and block: the tile, or null where the block is absent, its codes, and how they are stored.
    private readonly nint[] _tiles = new nint[2 * MaxBlocks];
    private readonly nint[] _sources = new nint[2 * MaxBlocks];
    private readonly BlockForm[] _forms = new BlockForm[2 * MaxBlocks];
    private readonly int[] _bits = new int[2 * MaxBlocks];

    private readonly sbyte* _codes;
    private readonly short* _multipliers;
    private readonly int* _columns;
    private readonly int* _counts;
    private int _blocks, _segments;

    /// <summary>Makes one.</summary>
    /// <param name="path">Instructions to use.</param>
    public PairCodes(VectorPath path)
    {
        _path = path;
        _codes = (sbyte*)_work.Ensure(AllBlocks * (PanelOperands.BlockBytes + PanelOperands.MultiplierBytes + 4 + 4));
        _multipliers = (short*)(_codes + (AllBlocks * PanelOperands.BlockBytes));
        _columns = (int*)((byte*)_multipliers + (AllBlocks * PanelOperands.MultiplierBytes));
        _counts = _columns + AllBlocks;
    }

    /// <summary>Spreads a panel.</summary>
    /// <param name="tiles">The tiles of both row blocks.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="operands">Gets the codes and what belongs to them.</param>
    /// <returns>False where neither row block has anything there.</returns>
    /// <exception cref="Diagnostics.CompilationException">A tile is damaged (FLC4005).</exception>
    public bool Spread(PairTiles tiles, int panel, ref PanelOperands operands)
    {
        FetchAhead(tiles, panel + 1);
        (_blocks, _segments) = (0, 0);
        int units = _path == VectorPath.Avx512 && SpreadDense(tiles, panel) ? UnitsPerFlush(_shapes[0].Bits) : SpreadAny(tiles, panel);
        operands.Codes = _codes;
        operands.Columns = _columns;
        operands.Counts = _counts;
        operands.Segments = _segments;
        operands.Multipliers = _multipliers;
        operands.UnitsPerFlush = units;
        return _blocks > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _work.Dispose();

    // How many products of a unit fit an INT16 lane, by width: two products of a code of at most 2^(b-1) and an
    // activation of at most 255 are added in each. Of 8 bits the planes have at most 15.
    private static int UnitsPerFlush(int bits) => bits == 8 ? 4 : 1 << (7 - bits);

    // What almost all panels are: both row blocks have all blocks, dense, of one width and group size.
    private bool SpreadDense(PairTiles tiles, int panel)
    {
        int place = panel * PlacesPerPanel;
        byte* first = tiles.At(0, place);
        if (first == null)
        {
            return false;
        }

        TileShape shape = _shapes[0];
        Set(shape, first);
        int size = shape.GroupSize / PairTiles.Place;
        int groups = PlacesPerPanel / size;
        if (shape.DensePrefix != size * BlocksPerPlace || shape.Bits == 8)
        {
            return false;
        }

        for (int i = 0; i < 2 * groups; i++)
        {
            byte* tile = tiles.At(i / groups, place + (i % groups * size));
            if (tile == null || *(ulong*)tile >> TileShape.KeyBit != shape.Key)
            {
                return false;
            }
        }

        int blocks = shape.DensePrefix;
        int perSegment = Math.Clamp(UnitsPerFlush(shape.Bits) / 4, 1, blocks);
        for (int g = 0; g < groups; g++)
        {
            byte* left = tiles.At(0, place + (g * size)), right = tiles.At(1, place + (g * size));
            sbyte* codes = _codes + (g * blocks * PanelOperands.BlockBytes);
            SignedUnits.Dense512(left + TileHeader.BlocksAt, 4 * blocks, shape.Bits, codes);
            SignedUnits.Dense512(right + TileHeader.BlocksAt, 4 * blocks, shape.Bits, codes + 64);
            Vector512<short> both = Twice(left, 1), bothRight = Twice(right, 1);
            for (int b = 0; b < blocks; b += perSegment)
            {
                short* multipliers = _multipliers + (_segments * PanelOperands.MultiplierBytes / sizeof(short));
                both.Store(multipliers);
                bothRight.Store(multipliers + 32);
                _counts[_segments++] = perSegment;
            }
        }

        for (; _blocks < MaxBlocks; _blocks++)
        {
            _columns[_blocks] = _blocks * BlockForm.Side * TokenQuads.Tokens;
        }

        return true;
    }

    private int SpreadAny(PairTiles tiles, int panel)
    {
        Array.Clear(_tiles);
        int units = Math.Min(Find(tiles, panel, 0), Find(tiles, panel, 1));
        for (int plane = 0; plane < MaxPlanes; plane++)
        {
            SpreadPlane(plane, Math.Max(1, units / 4));
        }

        return units;
    }

    private static void Set(TileShape shape, byte* tile)
    {
        ulong word = *(ulong*)tile;
        if (word >> TileShape.KeyBit != shape.Key)
        {
            shape.Set(word);
        }
    }

    // The multipliers of a tile, each twice.
    private static Vector512<short> Twice(byte* tile, int factor)
    {
        Vector512<int> wide = Multipliers.Load512(tile + TileHeader.MultipliersAt) * factor;
        return (wide | (wide << 16)).AsInt16();
    }

    // Tiles of neighbouring columns lie in different channels, and processors do not guess where.
    private void FetchAhead(PairTiles tiles, int panel)
    {
        if (!Sse.IsSupported || panel * PlacesPerPanel >= tiles.Places)
        {
            return;
        }

        for (int which = 0; which < 2; which++)
        {
            // Most likely as long as the last one.
            int bytes = _shapes[0].Bytes;
            for (int place = 0; place < PlacesPerPanel; place++)
            {
                byte* tile = tiles.At(which, (panel * PlacesPerPanel) + place);
                for (int i = 0; tile != null && i < bytes; i += CacheLine)
                {
                    Sse.Prefetch0(tile + i);
                }
            }
        }
    }

    // Finds the blocks of a row block; the result is the least of what fits an INT16 lane.
    private int Find(PairTiles tiles, int panel, int which)
    {
        int units = int.MaxValue;
        for (int place = 0; place < PlacesPerPanel; place++)
        {
            byte* tile = tiles.At(which, (panel * PlacesPerPanel) + place);
            if (tile == null)
            {
                continue;
            }

            TileShape shape = _shapes[which];
            Set(shape, tile);
            units = Math.Min(units, UnitsPerFlush(shape.Bits));
            byte* source = tile + TileHeader.BlocksAt;
            int at = (which * MaxBlocks) + (place * BlocksPerPlace);
            for (int i = 0; i < shape.End; i++)
            {
                BlockForm form = shape.Block(i);
                if (form.Layout != BlockLayout.Absent)
                {
                    (_tiles[at + i], _sources[at + i], _forms[at + i], _bits[at + i]) = ((nint)tile, (nint)source, form, shape.Bits);
                    source += form.Bytes;
                }
            }
        }

        return units;
    }

    private void SpreadPlane(int plane, int blocksPerSegment)
    {
        (nint First, nint Second) group = default;
        int room = 0;
        for (int i = 0; i < MaxBlocks; i++)
        {
            (nint First, nint Second) both = (TileOf(i, plane), TileOf(MaxBlocks + i, plane));
            if (both == default)
            {
                continue;
            }

            if (room == 0 || both != group)
            {
                (group, room) = (both, blocksPerSegment);
                short* multipliers = _multipliers + (_segments * PanelOperands.MultiplierBytes / sizeof(short));
                SpreadMultipliers(i, plane, multipliers);
                SpreadMultipliers(MaxBlocks + i, plane, multipliers + 32);
                _counts[_segments++] = 0;
            }

            room--;
            _counts[_segments - 1]++;
            _columns[_blocks] = i * BlockForm.Side * TokenQuads.Tokens;
            sbyte* codes = _codes + (_blocks++ * PanelOperands.BlockBytes);
            SpreadBlock(i, plane, codes);
            SpreadBlock(MaxBlocks + i, plane, codes + 64);
        }
    }

    private nint TileOf(int block, int plane) => plane == 0 || SignedUnits.PlanesOf(_bits[block]) > 1 ? _tiles[block] : 0;

    private void SpreadBlock(int block, int plane, sbyte* target)
    {
        if (TileOf(block, plane) == 0)
        {
            SignedUnits.Clear(target);
            return;
        }

        SignedUnits.Spread(_path, (byte*)_sources[block], _forms[block], _bits[block], plane, target);
    }

    private void SpreadMultipliers(int block, int plane, short* target)
    {
        if (TileOf(block, plane) == 0)
        {
            Vector512<short>.Zero.Store(target);
            return;
        }

        int factor = plane == 0 && SignedUnits.PlanesOf(_bits[block]) > 1 ? 16 : 1;
        if (_path == VectorPath.Avx512)
        {
            Twice((byte*)_tiles[block], factor).Store(target);
            return;
        }

        int* each = stackalloc int[16];
        Multipliers.Spread((byte*)_tiles[block] + TileHeader.MultipliersAt, each);
        for (int r = 0; r < 16; r++)
        {
            target[2 * r] = target[(2 * r) + 1] = (short)(each[r] * factor);
        }
    }
}
