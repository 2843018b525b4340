namespace Flightc.Onnx.Reading;

/// <summary>What the names of a function's body, or of a graph within it, become at one call.</summary>
/// <param name="outer">The scope around it; null for the body itself.</param>
internal sealed class FunctionScope(FunctionScope? outer)
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>Says what a name becomes.</summary>
    /// <returns>False where the scope defines it already.</returns>
    public bool Define(string name, string becomes) => _names.TryAdd(name, becomes);

    /// <summary>What a name becomes; null where nothing defines it.</summary>
    public string? Find(string name)
    {
        for (FunctionScope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._names.TryGetValue(name, out string? becomes))
            {
                return becomes;
            }
        }

        return null;
    }

    private FunctionScope? Outer { get; } = outer;
}
