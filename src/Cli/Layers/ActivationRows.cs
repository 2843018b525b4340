using System.Runtime.InteropServices;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Cli.Layers;

/// <summary>What an executor says of some consecutive tokens, by node of its graph; slices are put together.</summary>
/// <param name="graph">Its graph.</param>
/// <param name="most">The most tokens at a time.</param>
internal sealed class ActivationRows(Graph graph, int most) : IActivationObserver
{
    // No activation has them by chance: none is NaN, and codes are at least -127.
    private const uint NoValue = 0x7FC5EED1;
    private const sbyte NoCode = sbyte.MinValue;

    private readonly Dictionary<string, int> _numbers =
        graph.Nodes.Select((node, number) => (node.Name, number)).ToDictionary(n => n.Name, n => n.number);

    private readonly NodeRows[] _rows = [.. graph.Nodes.Select(node => new NodeRows(node, most))];
    private int _first;
    private int _count;

    /// <summary>Forgets everything and takes other tokens.</summary>
    /// <param name="first">Position of the first.</param>
    /// <param name="count">How many.</param>
    public void Begin(int first, int count)
    {
        (_first, _count) = (first, count);
        foreach (NodeRows rows in _rows)
        {
            MemoryMarshal.Cast<float, uint>(rows.Values.AsSpan()).Fill(NoValue);
            MemoryMarshal.Cast<float, uint>(rows.Scales.AsSpan()).Fill(NoValue);
            rows.Codes.AsSpan().Fill(NoCode);
        }
    }

    /// <inheritdoc/>
    public void OnValues(string name, int token, int first, ReadOnlySpan<float> values)
    {
        if (Find(name, token) is { } rows)
        {
            values.CopyTo(Slice(rows.Values.AsSpan(), rows.Columns, name, token, first, values.Length));
        }
    }

    /// <inheritdoc/>
    public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes)
    {
        if (Find(name, token) is { } rows)
        {
            codes.CopyTo(Slice(rows.Codes.AsSpan(), rows.Columns, name, token, first, codes.Length));
        }
    }

    /// <inheritdoc/>
    public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales)
    {
        if (Find(name, token) is { } rows)
        {
            scales.CopyTo(Slice(rows.Scales.AsSpan(), rows.ScaleCount, name, token, first, scales.Length));
        }
    }

    /// <summary>Copies the values of a node for a token; codes times their scales where it has such.</summary>
    /// <param name="node">Its number.</param>
    /// <param name="token">Number of the token among those taken.</param>
    /// <param name="row">(columns)</param>
    public void CopyRow(int node, int token, Span<float> row)
    {
        NodeRows rows = _rows[node];
        if (rows.ScaleCount == 0)
        {
            rows.Values.AsSpan(token * rows.Columns, rows.Columns).CopyTo(row);
            return;
        }

        int each = rows.Columns / rows.ScaleCount;
        for (int i = 0; i < rows.Columns; i++)
        {
            row[i] = rows.Codes[(token * rows.Columns) + i] * rows.Scales[(token * rows.ScaleCount) + (i / each)];
        }
    }

    /// <summary>How many values, codes and scales of a node have other bits elsewhere, or are known at one place alone.</summary>
    /// <param name="other">Rows of the same tokens and of the same graph.</param>
    /// <param name="node">The node's number.</param>
    public long Differences(ActivationRows other, int node)
    {
        (NodeRows mine, NodeRows their) = (_rows[node], other._rows[node]);
        return Differences(Bits(mine.Values, mine.Columns), Bits(their.Values, mine.Columns))
            + Differences(Bits(mine.Scales, mine.ScaleCount), Bits(their.Scales, mine.ScaleCount))
            + Differences(Taken(mine.Codes, mine.Columns), Taken(their.Codes, mine.Columns));

        ReadOnlySpan<int> Bits(float[] values, int columns) => MemoryMarshal.Cast<float, int>(Taken(values, columns));

        ReadOnlySpan<T> Taken<T>(T[] values, int columns) => values.AsSpan(0, Math.Min(values.Length, _count * columns));
    }

    private static long Differences<T>(ReadOnlySpan<T> mine, ReadOnlySpan<T> their)
        where T : unmanaged, IEquatable<T>
    {
        long count = 0;
        for (int at = mine.CommonPrefixLength(their); at < mine.Length; at += 1 + mine[(at + 1)..].CommonPrefixLength(their[(at + 1)..]))
        {
            count++;
        }

        return count;
    }

    private NodeRows? Find(string name, int token) =>
        token >= _first && token < _first + _count && _numbers.TryGetValue(name, out int number) ? _rows[number] : null;

    private Span<T> Slice<T>(Span<T> all, int columns, string name, int token, int first, int count) =>
        all.Length > 0 && first >= 0 && count <= columns - first
            ? all.Slice(((token - _first) * columns) + first, count)
            : throw new CompilationException(
                Codes.ProgramInvalid,
                $"elements {first} to {first + count - 1} of an activation are reported that does not have them", name,
                "compile the image again");

    private sealed class NodeRows
    {
        public NodeRows(Node node, int most)
        {
            Columns = checked((int)node.Type.Columns);
            bool isValues = node.Type.Element == ElementType.F32;
            ScaleCount = isValues ? 0 : node.Op switch
            {
                RotaryQuantize op => Columns / op.HeadDim,
                QuantizeHeads op => Columns / op.HeadDim,
                _ => 1,
            };
            Values = new float[isValues ? most * Columns : 0];
            Codes = new sbyte[isValues ? 0 : most * Columns];
            Scales = new float[most * ScaleCount];
        }

        public int Columns { get; }

        public int ScaleCount { get; }

        /// <summary>(tokens, columns); empty where there are codes.</summary>
        public float[] Values { get; }

        /// <summary>(tokens, columns); empty where there are values.</summary>
        public sbyte[] Codes { get; }

        /// <summary>(tokens, scales); empty where there are values.</summary>
        public float[] Scales { get; }
    }
}
