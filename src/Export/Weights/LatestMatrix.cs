using Flightc.IR;

namespace Flightc.Export;

/// <summary>The codes of one weight at a time: making them takes long, holding all of them takes memory, and the parts of a weight are written one behind the other.</summary>
/// <param name="source">Makes them; null where no weight has codes.</param>
internal sealed class LatestMatrix(IQuantizedWeights? source)
{
    private readonly Lock _lock = new();
    private string _name = "";
    private QuantizedMatrix? _matrix;

    /// <summary>The codes of a weight.</summary>
    public QuantizedMatrix Of(string name)
    {
        lock (_lock)
        {
            if (_matrix is null || _name != name)
            {
                // The one before goes first: two large ones need not fit.
                _matrix = null;
                _matrix = source!.Get(name);
                _name = name;
            }

            return _matrix;
        }
    }
}
