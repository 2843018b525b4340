using System.Runtime.ExceptionServices;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// Threads that share the pieces of one job after another; the caller is worker 0. A job costs no allocation.
/// Idle threads look for work for some microseconds, since the next instruction usually follows at once, and
/// then sleep.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 600;
    private const int CountBits = 24;
    private const int MaxCount = (1 << CountBits) - 1;

    private readonly Thread[] _threads;
    private readonly Lock _failureLock = new();
    private readonly object _sleep = new();
    private IParallelWork? _work;
    private int _completed;
    private int _sleeping;
    private bool _stop;

    // From the top: number of the job, its pieces, its next piece. A piece is taken by one compare-and-swap,
    // which fails when the job that a late thread saw is over; while a piece is left, _work is that job's.
    private ulong _ticket;
    private int _failedItem;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts the threads.</summary>
    /// <param name="workers">Threads in all, the caller included; at least 1.</param>
    public WorkerPool(int workers)
    {
        Workers = Math.Max(1, workers);
        _threads = new Thread[Workers - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"flightc emulator {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads in all, the caller included.</summary>
    public int Workers { get; }

    /// <summary>What waiting threads do, or null. To be set before the first job.</summary>
    public IIdleWork? Idle { get; set; }

    /// <summary>Does all pieces and returns when they are done.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="count">Number of pieces.</param>
    /// <param name="worthwhile">False where the work is too small to share.</param>
    /// <remarks>Of several exceptions, the one of the lowest piece among those that were reached is thrown.</remarks>
    public void Run(IParallelWork work, int count, bool worthwhile = true)
    {
        if (_threads.Length == 0 || count <= 1 || count > MaxCount || !worthwhile)
        {
            for (int i = 0; i < count; i++)
            {
                work.Execute(i, 0);
            }

            return;
        }

        _work = work;
        _failure = null;
        _failedItem = int.MaxValue;
        Volatile.Write(ref _completed, 0);
        ulong job = JobOf(Volatile.Read(ref _ticket)) + 1;
        Interlocked.Exchange(ref _ticket, (job << (2 * CountBits)) | ((ulong)count << CountBits));
        Wake();
        TakePieces(0);
        SpinWait spin = default;
        while (Volatile.Read(ref _completed) < count)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        _failure?.Throw();
    }

    public void Dispose()
    {
        lock (_sleep)
        {
            _stop = true;
            Monitor.PulseAll(_sleep);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void Wake()
    {
        if (Volatile.Read(ref _sleeping) > 0)
        {
            lock (_sleep)
            {
                Monitor.PulseAll(_sleep);
            }
        }
    }

    private void Serve(int worker)
    {
        ulong seen = 0;
        while (AwaitJob(worker, ref seen))
        {
            TakePieces(worker);
        }
    }

    private static ulong JobOf(ulong ticket) => ticket >> (2 * CountBits);

    // False when the pool has been disposed.
    private bool AwaitJob(int worker, ref ulong seen)
    {
        for (int i = 0; i < SpinsBeforeSleep; i++)
        {
            ulong job = JobOf(Volatile.Read(ref _ticket));
            if (job != seen)
            {
                seen = job;
                return true;
            }

            if (Idle?.DoSome(worker) != true)
            {
                Thread.SpinWait(8);
            }
            else
            {
                i = 0;
            }
        }

        lock (_sleep)
        {
            // Whoever publishes a job reads the number of sleepers after it, and here the job is read after
            // the sleeper has been counted: one of the two sees the other.
            Interlocked.Increment(ref _sleeping);
            while (!_stop && JobOf(Interlocked.Read(ref _ticket)) == seen)
            {
                Monitor.Wait(_sleep);
            }

            Interlocked.Decrement(ref _sleeping);
            seen = JobOf(Volatile.Read(ref _ticket));
            return !_stop;
        }
    }

    private void TakePieces(int worker)
    {
        while (true)
        {
            ulong ticket = Volatile.Read(ref _ticket);
            int item = (int)ticket & MaxCount;
            if (item >= ((int)(ticket >> CountBits) & MaxCount))
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) == ticket)
            {
                Do(_work!, item, worker);
            }
        }
    }

    private void Do(IParallelWork work, int item, int worker)
    {
        try
        {
            work.Execute(item, worker);
        }
#pragma warning disable CA1031 // the caller gets it
        catch (Exception e)
#pragma warning restore CA1031
        {
            lock (_failureLock)
            {
                if (item < _failedItem)
                {
                    _failedItem = item;
                    _failure = ExceptionDispatchInfo.Capture(e);
                }
            }
        }

        Interlocked.Increment(ref _completed);
    }
}
