namespace Flightc.Calibration;

/// <summary>The numbers behind statistics, by the names of <see cref="CalibratedMatrix"/>. Reading is safe from several threads.</summary>
internal interface IStatisticTensors : IDisposable
{
    /// <summary>All elements of a tensor, not to be changed.</summary>
    /// <param name="name">A name of the statistics' matrices.</param>
    /// <exception cref="Diagnostics.CompilationException">An element is not finite, or negative where none can be (FLC1401).</exception>
    float[] Read(string name);
}
