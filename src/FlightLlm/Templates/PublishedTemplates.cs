namespace Flightc.FlightLlm;

/// <summary>The program of one core for one inference, written layer by layer.</summary>
/// <remarks>
/// Every layer ends with a store, for which a barrier waits, for which the first load of the next layer waits. With
/// <see cref="PublishedOptions.FusedDecode"/> a decode step is written by <see cref="FusedDecode"/> instead.
/// </remarks>
public sealed class PublishedTemplates
{
    private readonly IReadOnlyList<PublishedLayer> _layers;
    private readonly AttentionMask _mask;
    private readonly TemplateWriter _writer;
    private readonly FusedDecode? _fused;
    private readonly int _ring;
    private readonly long _tiles;
    private long _loaded;
    private PublishedLayer? _ahead;

    /// <summary>A program of given layers.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="options">Changes to it.</param>
    /// <param name="layers">What the core does of each layer: <see cref="LayerList"/>, <see cref="CoreShare"/>.</param>
    /// <param name="mask">Blocks that attention of a prompt computes.</param>
    /// <param name="sink">Where instructions go.</param>
    public PublishedTemplates(
        PublishedTarget target, PublishedOptions options, IReadOnlyList<PublishedLayer> layers, AttentionMask mask,
        InstructionSink sink)
    {
        _layers = layers;
        _mask = mask;
        _writer = new TemplateWriter(target, options, sink);
        VectorPlan[] plans = [.. layers.OfType<LinearLayer>().Where(l => l.Tokens == 1).Select(l => VectorPlan.Of(l, target))];
        bool isDecode = plans.Length > 0;
        _ring = isDecode ? plans.Min(p => p.Ring) : 0;
        _tiles = plans.Sum(p => (long)p.Tiles);
        _fused = isDecode && options.FusedDecode ? new FusedDecode(_writer, layers, _ring) : null;
    }

    /// <summary>Layers that can be written.</summary>
    public int Count => _layers.Count;

    /// <summary>Writes a layer with its barrier. Layers are written in order.</summary>
    public void Write(int index)
    {
        if (_fused is not null)
        {
            _fused.Write(index);
            return;
        }

        PublishedLayer layer = _layers[index];
        PublishedUnits waits = index == 0 ? PublishedUnits.None : PublishedUnits.System;
        if (_writer.Options.LoadsAhead)
        {
            LoadAhead(index);
        }

        switch (layer)
        {
            case LinearLayer { Tokens: 1 } linear when ReferenceEquals(layer, _ahead):
                VectorPlan started = VectorPlan.Of(linear, _writer.Target);
                LinearMv.WriteAfterAhead(_writer, started, _ring, _tiles - _loaded, waits);
                _loaded += started.Tiles;
                break;
            case LinearLayer { Tokens: 1 } linear:
                LinearMv.Write(_writer, VectorPlan.Of(linear, _writer.Target), waits);
                break;
            case LinearLayer linear:
                LinearMm.Write(_writer, linear, waits);
                break;
            case AttentionLayer { Tokens: 1 } attention:
                AttentionMv.Write(_writer, attention, waits);
                break;
            case AttentionLayer attention:
                AttentionMm.Write(_writer, attention, _mask, waits);
                break;
            case ConcatLayer concat:
                RowLayers.WriteConcat(_writer, concat, waits);
                break;
            case NormLayer norm:
                RowLayers.WriteNorm(_writer, norm, waits);
                break;
        }

        _writer.Barrier(PublishedUnits.Store, index == _layers.Count - 1 ? PublishedUnits.None : PublishedUnits.Load);
    }

    /// <summary>
    /// Before a layer's first load, which waits for the barrier, come the first tiles of the next product with weights: of this
    /// layer, or of the next where this is a norm. Not across attention, whose keys and values pass the same buffer.
    /// </summary>
    private void LoadAhead(int index)
    {
        PublishedLayer candidate = _layers[index] is NormLayer && index + 1 < _layers.Count ? _layers[index + 1] : _layers[index];
        if (candidate is LinearLayer { Tokens: 1 } linear && !ReferenceEquals(candidate, _ahead))
        {
            LinearMv.LoadAhead(_writer, VectorPlan.Of(linear, _writer.Target), _ring, _loaded);
            _ahead = candidate;
        }
    }
}
