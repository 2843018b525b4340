namespace Flightc.Compression;

/// <summary>What calibration found, by matrix. Reading is safe from several threads.</summary>
public interface ICalibration
{
    /// <summary>The statistics of a matrix, or null where there are none.</summary>
    /// <param name="role">Its name by role.</param>
    WeightStatistics? Find(string role);
}
