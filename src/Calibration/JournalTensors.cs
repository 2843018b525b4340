namespace Flightc.Calibration;

/// <summary>Statistics in the journal of a run that is done.</summary>
/// <param name="journal">Stays with the caller.</param>
internal sealed class JournalTensors(CalibrationJournal journal) : IStatisticTensors
{
    /// <inheritdoc/>
    public float[] Read(string name) => journal.ReadTensor(name);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
