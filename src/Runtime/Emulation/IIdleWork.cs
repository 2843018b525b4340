namespace Flightc.Runtime.Emulation;

/// <summary>What threads do that wait for the next job: something useful that changes nothing.</summary>
internal interface IIdleWork
{
    /// <summary>Does a little of it, for less time than a job should wait.</summary>
    /// <param name="worker">Number of the thread.</param>
    /// <returns>Whether there was something to do.</returns>
    bool DoSome(int worker);
}
