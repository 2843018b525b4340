using Flightc.Diagnostics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>How the threads of one product share the channels of a core.</summary>
internal sealed class ChannelShares(ByteQueue[] rings, int workers)
{
    private readonly ChannelProgress[] _progress = new ChannelProgress[rings.Length];
    private readonly int[] _claims = new int[rings.Length];
    private readonly CompilationException?[] _failures = new CompilationException?[rings.Length];
    private readonly long[] _dryAt = new long[rings.Length];
    private long _share;

    /// <summary>Channels.</summary>
    public int Count => rings.Length;

    /// <summary>Begins a product.</summary>
    /// <param name="share">Bytes after which a thread looks at the next channel.</param>
    public void Begin(long share)
    {
        _share = share;
        Array.Clear(_progress);
        Array.Clear(_failures);

        // Whoever was thrown out of a product has not given his channel back.
        Array.Clear(_claims);
        Array.Fill(_dryAt, -1);
    }

    /// <summary>Opens the channels into which something has been loaded since they ran dry.</summary>
    /// <returns>Whether a channel is open.</returns>
    public bool Open()
    {
        for (int i = 0; i < _progress.Length; i++)
        {
            if (_progress[i] == ChannelProgress.Dry && rings[i].Available != _dryAt[i])
            {
                _progress[i] = ChannelProgress.Open;
            }
        }

        return Array.IndexOf(_progress, ChannelProgress.Open) >= 0;
    }

    /// <summary>Whether every channel has had its last tile.</summary>
    /// <exception cref="CompilationException">A walk failed; the first of the lowest channel.</exception>
    public bool AreFinished()
    {
        foreach (CompilationException? failure in _failures)
        {
            if (failure is not null)
            {
                throw new CompilationException(failure.Diagnostics, failure);
            }
        }

        return !_progress.AsSpan().ContainsAnyExcept(ChannelProgress.Finished);
    }

    /// <summary>
    /// Takes a share of an open channel, then of the next, so that all come to their ends at about the same
    /// time and no thread is left with a whole channel. Who gives an open channel back looks at it again, so
    /// that some thread stays until the last is closed.
    /// </summary>
    /// <param name="walk">What takes tiles.</param>
    /// <param name="part">Which of the parts, as many as threads, to begin with.</param>
    public void Multiply(TileWalk walk, int part)
    {
        int channels = rings.Length;
        int channel = part * channels / workers;
        for (int misses = 0; misses < channels; misses++, channel = (channel + 1) % channels)
        {
            if (Volatile.Read(ref _claims[channel]) != 0 || Interlocked.Exchange(ref _claims[channel], 1) != 0)
            {
                continue;
            }

            if (_progress[channel] == ChannelProgress.Open)
            {
                misses = -1;
                Take(walk, channel);
            }

            Volatile.Write(ref _claims[channel], 0);
        }
    }

    private void Take(TileWalk walk, int channel)
    {
        ByteQueue ring = rings[channel];
        try
        {
            _progress[channel] = walk.Consume(ring, _share);
            _dryAt[channel] = ring.Available;
        }
        catch (CompilationException e)
        {
            _failures[channel] = e;
            _progress[channel] = ChannelProgress.Finished;
        }
    }
}
