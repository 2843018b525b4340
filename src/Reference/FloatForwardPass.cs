using Flightc.IR;

namespace Flightc.Reference;

/// <summary>Runs prompts on a <see cref="FloatExecutor"/>, for searches.</summary>
/// <param name="executor">The model.</param>
/// <param name="token">Ends a search between prompts.</param>
public sealed class FloatForwardPass(FloatExecutor executor, CancellationToken token = default) : IForwardPass
{
    private readonly Dictionary<string, FloatExecutor> _masked = [];

    /// <inheritdoc/>
    public void Run(AttentionMasks? masks, ReadOnlySpan<int> ids, IActivationObserver observer)
    {
        token.ThrowIfCancellationRequested();
        string key = masks?.Hash ?? "";
        if (!_masked.TryGetValue(key, out FloatExecutor? under))
        {
            // Searches go on from masks to masks and do not come back.
            _masked.Clear();
            _masked.Add(key, under = executor.Under(masks));
        }

        under.Run(under.NewSequence(), ids, observer);
    }
}
