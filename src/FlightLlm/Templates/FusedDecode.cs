namespace Flightc.FlightLlm;

/// <summary>A decode step whose activations stay on chip: an ablation, not a published template.</summary>
/// <remarks>
/// Nothing is loaded but weights, biases, keys and values, nothing stored but the new key and value and the logits. Cores wait
/// for each other four times in a layer: before o (which needs all heads), before the norm behind it (all of its outputs),
/// before down, and before the next layer's norm; there a vector is sent to the others. v comes before q and k, so that the
/// rotary positions of k are the last thing that scores wait for. Tiles of weights, keys and values share one count of free
/// buffer slots from the first layer to the last.
/// </remarks>
internal sealed class FusedDecode
{
    private readonly TemplateWriter _writer;
    private readonly PublishedLayer[] _layers;
    private readonly int _ring;
    private readonly long _total;
    private long _loaded;
    private long _computed;
    private bool _loadWaits;

    /// <summary>A step.</summary>
    /// <param name="writer">Where it is written.</param>
    /// <param name="layers">Its layers in the published order.</param>
    /// <param name="ring">Tiles that the buffer holds.</param>
    public FusedDecode(TemplateWriter writer, IReadOnlyList<PublishedLayer> layers, int ring)
    {
        _writer = writer;
        _ring = ring;
        _layers = [.. layers];
        for (int i = 3; i < _layers.Length; i++)
        {
            // Projections stand as q, k, v behind a norm.
            if (_layers[i - 3] is NormLayer && _layers[i] is LinearLayer { HasBias: true, Fused: FusedOperation.None })
            {
                (_layers[i - 2], _layers[i - 1], _layers[i]) = (_layers[i], _layers[i - 2], _layers[i - 1]);
            }
        }

        _total = layers.Sum(TilesOf);
    }

    /// <summary>Writes a layer.</summary>
    public void Write(int index)
    {
        bool isLast = index == _layers.Length - 1;
        switch (_layers[index])
        {
            case ConcatLayer concat:
                _writer.Store(PublishedOperation.StoreCache, concat.NewBytes, PublishedUnits.None, PublishedUnits.None);
                break;
            case NormLayer norm:
                _writer.Misc(PublishedOperation.RmsNorm, norm.Width, index == 0 ? PublishedUnits.None : PublishedUnits.System, PublishedUnits.Vector);
                break;
            case AttentionLayer attention:
                Attention(attention);
                if (!attention.MakesScores)
                {
                    Cross(attention.Heads * attention.Outputs, PublishedUnits.Vector, PublishedUnits.Vector);
                }

                break;
            case LinearLayer { Fused: FusedOperation.Add } linear:
                Linear(linear, PublishedUnits.System, PublishedUnits.None);
                Cross(linear.Outputs, PublishedUnits.None, PublishedUnits.Misc);
                break;
            case LinearLayer { Fused: FusedOperation.Mul } linear:
                Linear(linear, PublishedUnits.None, PublishedUnits.None);
                Cross(linear.Outputs, PublishedUnits.None, PublishedUnits.Vector);
                break;
            case LinearLayer linear when isLast:
                Linear(linear, PublishedUnits.Misc, PublishedUnits.Store);
                _writer.Store(PublishedOperation.StoreActivations, linear.Outputs, PublishedUnits.Vector, PublishedUnits.System);
                _writer.Barrier(PublishedUnits.Store, PublishedUnits.None);
                break;
            case LinearLayer linear:
                bool isBehindNorm = _layers[index - 1] is NormLayer;
                bool isBeforeScores = _layers[index + 1] is ConcatLayer or AttentionLayer;
                Linear(linear, isBehindNorm ? PublishedUnits.Misc : PublishedUnits.None, isBeforeScores ? PublishedUnits.Vector : PublishedUnits.None);
                break;
        }
    }

    private void Linear(LinearLayer linear, PublishedUnits firstWaits, PublishedUnits lastReleases)
    {
        VectorPlan plan = VectorPlan.Of(linear, _writer.Target);
        bool isFused = linear.Fused != FusedOperation.None;
        int columns = _writer.Target.Array.VectorTileColumns;
        if (linear.HasBias)
        {
            _writer.Load(PublishedOperation.LoadBias, linear.Outputs * 4L, false, TakeLoadWait(), PublishedUnits.None);
        }

        for (int tile = 0; tile < plan.Tiles; tile++)
        {
            bool isEnd = tile == plan.Tiles - 1;
            bool gives = plan.IsLastOfGroup(tile) && isFused;
            plan.Load(_writer, tile, TakeLoadWait() | TakeSlot(), PublishedUnits.Vector);
            _writer.Multiply(
                PublishedUnit.Vector, plan.BlocksOf(tile) * Tile.Block, columns, linear.Kept, false,
                PublishedUnits.Load | (tile == 0 ? firstWaits : PublishedUnits.None),
                GiveSlot() | (gives ? PublishedUnits.Misc : PublishedUnits.None) | (isEnd && !isFused ? lastReleases : PublishedUnits.None));
            if (gives)
            {
                _writer.Fused(linear.Fused, columns, PublishedUnits.Vector, PublishedUnits.None, isEnd ? lastReleases : PublishedUnits.None);
            }
        }
    }

    private void Attention(AttentionLayer layer)
    {
        PublishedUnits first = PublishedUnits.Misc;
        foreach ((int kvHeads, int heads, bool isLast) in Groups(layer))
        {
            PublishedUnits next = layer.MakesScores ? PublishedUnits.Misc : isLast ? PublishedUnits.Misc : PublishedUnits.None;
            int tiles = TilesOfGroup(layer);
            for (int tile = 0; tile < tiles; tile++)
            {
                PublishedUnits waits = TakeLoadWait() | TakeSlot();
                PublishedUnits release = tile == tiles - 1 ? next : PublishedUnits.None;
                if (_writer.Options.AttentionByGroup)
                {
                    AttentionMv.LoadGroup(_writer, layer, kvHeads, waits);
                    AttentionMv.MultiplyGroup(_writer, layer, heads, PublishedUnits.Load | first, GiveSlot() | release);
                }
                else
                {
                    AttentionMv.LoadTile(_writer, layer, tile, waits);
                    AttentionMv.MultiplyTile(_writer, layer, PublishedUnits.Load | first, GiveSlot() | release);
                }

                first = PublishedUnits.None;
            }

            AttentionMv.Softmax(_writer, layer, heads, isLast ? PublishedUnits.Vector : PublishedUnits.None);
        }
    }

    /// <summary>Sends the core's part of a vector to the others, and waits for theirs.</summary>
    /// <param name="width">Elements of the part.</param>
    /// <param name="producer">Whose token says that it is there; nobody's where MISC itself made it.</param>
    /// <param name="consumer">The unit that goes on with the whole vector.</param>
    private void Cross(int width, PublishedUnits producer, PublishedUnits consumer)
    {
        _writer.Misc(PublishedOperation.Exchange, width, producer, PublishedUnits.System);
        _loadWaits = !_writer.Options.LoadsAhead;
        _writer.Barrier(PublishedUnits.Misc, consumer | (_loadWaits ? PublishedUnits.Load : PublishedUnits.None));
    }

    private PublishedUnits TakeLoadWait()
    {
        bool waits = _loadWaits;
        _loadWaits = false;
        return waits ? PublishedUnits.System : PublishedUnits.None;
    }

    private PublishedUnits TakeSlot() => _loaded++ >= _ring ? PublishedUnits.Vector : PublishedUnits.None;

    private PublishedUnits GiveSlot() => ++_computed + _ring <= _total ? PublishedUnits.Load : PublishedUnits.None;

    private IEnumerable<(int KvHeads, int Heads, bool IsLast)> Groups(AttentionLayer layer) =>
        _writer.Options.AttentionByGroup
            ? AttentionMv.Groups(_writer, layer, _ring)
            : Enumerable.Range(0, layer.Heads).Select(head => (1, 1, head == layer.Heads - 1));

    private int TilesOfGroup(AttentionLayer layer) =>
        _writer.Options.AttentionByGroup ? 1 : AttentionMv.TilesOfHead(_writer.Target, layer);

    private long TilesOf(PublishedLayer layer) => layer switch
    {
        LinearLayer linear => VectorPlan.Of(linear, _writer.Target).Tiles,
        AttentionLayer attention => Groups(attention).Count() * TilesOfGroup(attention),
        _ => 0,
    };
}
