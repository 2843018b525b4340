namespace Flightc.Runtime.Emulation;

/// <summary>Work in numbered pieces that do not depend on each other.</summary>
internal interface IParallelWork
{
    /// <summary>Does one piece.</summary>
    /// <param name="item">Its number.</param>
    /// <param name="worker">Number of the thread, for buffers that threads do not share.</param>
    void Execute(int item, int worker);
}
