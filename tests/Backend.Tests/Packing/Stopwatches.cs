using System.Diagnostics;

namespace Flightc.Tests.Packing;

/// <summary>Times work on a machine that others use too.</summary>
internal static class Stopwatches
{
    /// <summary>Milliseconds of the fastest of three runs.</summary>
    public static long Best(Action work) => Enumerable.Range(0, 3).Min(_ =>
    {
        Stopwatch watch = Stopwatch.StartNew();
        work();
        return watch.ElapsedMilliseconds;
    });
}
