using Flightc.Compression;
using Flightc.Diagnostics;

namespace Flightc.Calibration;

/// <summary>What calibration found of a model, in memory or in a file, and where it came from.</summary>
/// <remarks>Of a file, what is asked for is read each time and held no longer than the caller holds it. Reading is safe from several
/// threads until <see cref="Dispose"/>.</remarks>
public sealed class CalibrationStatistics : ICalibration, IDisposable
{
    private readonly Dictionary<string, CalibratedMatrix> _byRole;
    private readonly IStatisticTensors _tensors;

    /// <param name="modelHash">Of the model, as <see cref="ModelHash"/>.</param>
    /// <param name="parts">At least one.</param>
    /// <param name="matrices">In order of the Graph.</param>
    /// <param name="tensors">All tensors of the matrices; disposed with this.</param>
    internal CalibrationStatistics(
        string modelHash, IReadOnlyList<CalibrationPart> parts, IReadOnlyList<CalibratedMatrix> matrices, IStatisticTensors tensors)
    {
        (ModelHash, Parts, Matrices, _tensors) = (modelHash, parts, matrices, tensors);
        _byRole = matrices.ToDictionary(m => m.Role, StringComparer.Ordinal);
    }

    /// <summary>Of the weights of the model, as <see cref="ContentHash.OfModel"/> has it.</summary>
    public string ModelHash { get; }

    /// <summary>The runs whose means these are, in ordinal order of their text form.</summary>
    public IReadOnlyList<CalibrationPart> Parts { get; }

    /// <summary>The matrices, in order of the Graph.</summary>
    public IReadOnlyList<CalibratedMatrix> Matrices { get; }

    /// <summary>Whether there are moments of derivatives: without, GPTQ can be done, and nothing that weighs one matrix against another.</summary>
    public bool HasDerivatives => Matrices.All(m => m.HasDerivatives);

    /// <summary>Tokens that the means are over.</summary>
    public long Tokens => Parts.Sum(p => p.Tokens);

    /// <inheritdoc/>
    /// <exception cref="CompilationException">The file is damaged (FLC1401).</exception>
    public WeightStatistics? Find(string role)
    {
        return _byRole.TryGetValue(role, out CalibratedMatrix? matrix)
            ? new WeightStatistics
            {
                Role = role,
                Rows = matrix.Rows,
                Columns = matrix.Columns,
                Tokens = Tokens,
                InputMoment = matrix.IsMultiplied ? _tensors.Read(matrix.InputMoment) : [],
                InputLargest = matrix.IsMultiplied ? _tensors.Read(matrix.InputLargest) : [],
                OutputMoment = matrix.IsMultiplied && matrix.HasDerivatives ? _tensors.Read(matrix.OutputMoment) : [],
                LookupMoment = matrix.IsLookedUp && matrix.HasDerivatives ? _tensors.Read(matrix.LookupMoment) : [],
                LookupShares = matrix.IsLookedUp ? _tensors.Read(matrix.LookupShares) : [],
            }
            : null;
    }

    /// <summary>The means over the tokens of both.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other; it does not matter which is which.</param>
    /// <returns>Reads <paramref name="a"/> and <paramref name="b"/> when it is asked: they stay with the caller until then.</returns>
    /// <exception cref="CompilationException">They are of different models, or have a part in common (FLC1401).</exception>
    public static CalibrationStatistics Merge(CalibrationStatistics a, CalibrationStatistics b)
    {
        StatisticsMerge.Require(a, b);
        CalibrationPart[] parts = [.. a.Parts.Concat(b.Parts).OrderBy(p => p.ToString(), StringComparer.Ordinal)];
        return new CalibrationStatistics(a.ModelHash, parts, a.Matrices, new StatisticsMerge(a, b));
    }

    /// <summary>The elements of one tensor of <see cref="Matrices"/>, not to be changed.</summary>
    /// <param name="name">As <see cref="CalibratedMatrix"/> names it.</param>
    /// <exception cref="CompilationException">The file is damaged (FLC1401).</exception>
    public float[] Read(string name) => _tensors.Read(name);

    /// <inheritdoc/>
    public void Dispose() => _tensors.Dispose();
}
