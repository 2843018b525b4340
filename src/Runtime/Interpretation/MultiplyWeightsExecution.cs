using System.Runtime.InteropServices;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;

namespace Flightc.Runtime.Interpretation;

/// <summary>mm.linear and mv.linear: a piece is a tile of one channel; results are written with the last.</summary>
internal sealed class MultiplyWeightsExecution : Execution
{
    private const int BlockRows = TileHeader.RowsPerTile;

    private readonly CoreState _core;
    private readonly long _codes, _codeStride, _scales, _out, _outStride;
    private readonly int _tokens, _columns, _rows, _paddedRows;
    private readonly bool _add;

    // (tokens, padded rows). 64 bits wide, so that weights which break the contract's limit are found.
    private readonly long[] _sums;
    private readonly float[] _rowScales;
    private readonly bool[] _hasScales, _hasWeights;

    // Of every channel: whether its last tile has been popped, and the bytes of the next once its header is there.
    private readonly bool[] _ended;
    private readonly int[] _tileBytes;
    private int _open;
    private int _channel;

    public MultiplyWeightsExecution(MultiplyWeights instruction, CoreState core)
    {
        _core = core;
        _codes = instruction.Codes.Constant;
        _codeStride = instruction.CodeStride.Constant;
        _scales = instruction.Scales.Constant;
        _out = instruction.Out.Constant;
        _outStride = instruction.OutStride.Constant;
        _add = instruction.Add.Constant == 1;
        _sums = core.Results<long>(instruction.Tokens.Constant, instruction.Rows.Constant, BlockRows);
        _tokens = (int)instruction.Tokens.Constant;
        _rows = (int)instruction.Rows.Constant;
        _columns = checked((int)instruction.Columns.Constant);
        int blocks = (_rows + BlockRows - 1) / BlockRows;
        _paddedRows = blocks * BlockRows;
        _rowScales = new float[_paddedRows];
        _hasScales = new bool[blocks];
        _hasWeights = new bool[blocks];
        _ended = new bool[core.Channels.Count];
        _tileBytes = new int[core.Channels.Count];
        _open = _rows == 0 ? 0 : core.Channels.Count;
    }

    /// <inheritdoc/>
    public override bool CanAdvance() => _open == 0 || FindTile();

    /// <inheritdoc/>
    public override void Advance()
    {
        if (_open > 0)
        {
            PopTile();
        }

        if (_open == 0)
        {
            WriteResults();
            Done = true;
        }
    }

    /// <inheritdoc/>
    public override string Lacks()
    {
        int channel = Array.IndexOf(_ended, false);
        return $"a whole tile in the weight ring of channel {_core.Channels.First + channel}, which has {_core.WeightRings[channel].Count} bytes";
    }

    // Leaves in _channel the next channel, in turn, that has a whole tile.
    private bool FindTile()
    {
        for (int tried = 0; tried < _ended.Length; tried++)
        {
            if (!_ended[_channel] && HasTile(_channel))
            {
                return true;
            }

            _channel = _channel + 1 == _ended.Length ? 0 : _channel + 1;
        }

        return false;
    }

    private bool HasTile(int channel)
    {
        ByteRing ring = _core.WeightRings[channel];
        if (_tileBytes[channel] == 0 && ring.Count >= TileHeader.HeaderBytes)
        {
            ulong word = 0;
            ring.Peek(MemoryMarshal.AsBytes(new Span<ulong>(ref word)));
            _tileBytes[channel] = (int)TileHeader.Parse(word).TileBytes;
        }

        return _tileBytes[channel] > 0 && ring.Count >= _tileBytes[channel];
    }

    private void PopTile()
    {
        _ = FindTile();
        Span<byte> tile = _core.Tile.AsSpan(0, _tileBytes[_channel]);
        _core.WeightRings[_channel].Pop(tile);
        _tileBytes[_channel] = 0;
        _ = TileReader.TryRead(tile, out TileHeader header);
        if (header.Kind != TileKind.End && header.RowBlock >= _hasScales.Length)
        {
            throw Misplaced(header, $"the product has {_rows} rows");
        }

        switch (header.Kind)
        {
            case TileKind.Scales:
                TileReader.ReadScales(tile, _rowScales.AsSpan(header.RowBlock * BlockRows, BlockRows));
                _hasScales[header.RowBlock] = true;
                break;
            case TileKind.Weights:
                AddProducts(tile, header);
                _hasWeights[header.RowBlock] = true;
                break;
            case TileKind.End:
                break;
        }

        if (header.IsLast)
        {
            _ended[_channel] = true;
            _open--;
        }

        _channel = _channel + 1 == _ended.Length ? 0 : _channel + 1;
    }

    private void AddProducts(ReadOnlySpan<byte> tile, TileHeader header)
    {
        int groupSize = header.GroupSize;
        int firstColumn = header.Group * groupSize;
        int columns = Math.Min(groupSize, _columns - firstColumn);
        if (columns <= 0)
        {
            throw Misplaced(header, $"the product has {_columns} columns");
        }

        Span<sbyte> weights = _core.TileCodes;
        Span<byte> multipliers = stackalloc byte[BlockRows];
        TileReader.Unpack(tile, weights, multipliers);
        for (int t = 0; t < _tokens; t++)
        {
            ReadOnlySpan<sbyte> activations = _core.Scratch.Signed(_codes + (t * _codeStride) + firstColumn, columns);
            Span<long> sums = _sums.AsSpan((t * _paddedRows) + (header.RowBlock * BlockRows), BlockRows);
            for (int r = 0; r < BlockRows; r++)
            {
                ReadOnlySpan<sbyte> row = weights.Slice(r * groupSize, columns);
                int sum = 0;
                for (int k = 0; k < row.Length; k++)
                {
                    sum += row[k] * activations[k];
                }

                sums[r] += multipliers[r] * sum;
            }
        }
    }

    private void WriteResults()
    {
        int unscaled = 0;
        while (unscaled < _hasScales.Length && (_hasScales[unscaled] || !_hasWeights[unscaled]))
        {
            unscaled++;
        }

        if (unscaled < _hasScales.Length)
        {
            throw new CompilationException(
                Codes.ImageDamaged,
                $"the weight stream has weights but no scales for row block {unscaled} of a product");
        }

        for (int t = 0; t < _tokens && _rows > 0; t++)
        {
            float scale = _core.Scratch.Float(_scales + (4L * t));
            Span<float> results = _core.Scratch.Floats(_out + (t * _outStride), _rows);
            for (int n = 0; n < _rows; n++)
            {
                long sum = _sums[(t * _paddedRows) + n];
                if (sum != (int)sum)
                {
                    throw new CompilationException(
                        Codes.ImageDamaged,
                        $"row {n} of a product sums to {sum}, beyond the 32 bits that weights are made for");
                }

                float y = _rowScales[n] * scale * (int)sum;
                results[n] = _add ? results[n] + y : y;
            }
        }
    }

    private static CompilationException Misplaced(TileHeader header, string limit) =>
        new(Codes.ImageDamaged, $"the weight stream has the tile '{header}' where {limit}");
}
