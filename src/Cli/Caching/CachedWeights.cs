using System.Collections.Concurrent;
using Flightc.Caching;
using Flightc.IR;

namespace Flightc.Cli.Caching;

/// <summary>Quantised weights that a cache is asked for before they are made. Safe from several threads.</summary>
internal sealed class CachedWeights : IQuantizedWeights
{
    private readonly CacheFolder _cache;
    private readonly TensorKeys _keys;
    private readonly Dictionary<string, Weight> _described;
    private readonly IWeights _floats;
    private readonly IQuantizedWeights _inner;
    private readonly MatrixPool? _pool;
    private readonly Action<string, string>? _note;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _noted = new(StringComparer.Ordinal);

    /// <param name="cache">Where matrices are kept.</param>
    /// <param name="keys">What they depend on.</param>
    /// <param name="graph">Says shapes and formats.</param>
    /// <param name="floats">What they are made of; codes that these bring in the very format are not kept, since reading them is no work.</param>
    /// <param name="pool">Has arrays that can be used again; null for none.</param>
    /// <param name="note">Told the role of a weight and what a user should know about it, whether it is made or found; may be null.</param>
    /// <param name="inner">Makes what makes the weights, which tells its notes to what it is given.</param>
    public CachedWeights(
        CacheFolder cache, TensorKeys keys, Graph graph, IWeights floats, MatrixPool? pool, Action<string, string>? note,
        Func<Action<string, string>, IQuantizedWeights> inner)
    {
        (_cache, _keys, _floats, _pool, _note) = (cache, keys, floats, pool, note);
        _described = graph.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);
        _inner = inner(Noted);
    }

    /// <inheritdoc/>
    public QuantizedMatrix Get(string name)
    {
        if (!_described.TryGetValue(name, out Weight? weight) || IsStored(weight) || _keys.Of(weight) is not { } key)
        {
            return _inner.Get(name);
        }

        if (_cache.Find(key, entry => Read(entry, weight)) is { } found)
        {
            foreach (string note in found.Notes)
            {
                _note?.Invoke(name, note);
            }

            return found.Matrix;
        }

        QuantizedMatrix made = _inner.Get(name);
        string[] notes = [.. _noted.GetValueOrDefault(name) ?? []];
        _cache.Store(key, to => MatrixEntry.Write(to, made, notes));
        return made;
    }

    /// <inheritdoc/>
    public MatrixCost CostOf(string name) => _inner.CostOf(name);

    /// <inheritdoc/>
    public void Release(QuantizedMatrix matrix) => _inner.Release(matrix);

    private bool IsStored(Weight weight) =>
        _floats is IStoredCodes stored && weight.Format is { } format && stored.FindFormat(weight.Name, out _) == format;

    private Found Read(EntryReader entry, Weight weight)
    {
        (int rows, int columns) = ((int)weight.Type.Shape[0].Size, (int)weight.Type.Shape[1].Size);
        QuantizedFormat format = weight.Format!.Value;
        int groups = format.GroupsIn(columns);
        QuantizedMatrix matrix = _pool?.Rent(rows, columns, format)
            ?? new QuantizedMatrix(rows, columns, format, new sbyte[(long)rows * columns], new byte[(long)rows * groups], new float[rows]);
        try
        {
            return new Found(matrix, MatrixEntry.Read(entry, matrix));
        }
        catch
        {
            _pool?.Return(matrix);
            throw;
        }
    }

    private void Noted(string role, string note)
    {
        _noted.GetOrAdd(role, _ => new ConcurrentQueue<string>()).Enqueue(note);
        _note?.Invoke(role, note);
    }

    private sealed record Found(QuantizedMatrix Matrix, IReadOnlyList<string> Notes);
}
