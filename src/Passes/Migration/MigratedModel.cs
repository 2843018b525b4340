using System.Security.Cryptography;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Passes.Migration;

/// <summary>
/// The weights of a model after the rotations and scales that a recipe wishes: the same function, in numbers that lose less where they are
/// stored in few bits. docs/migration.md.
/// </summary>
public sealed class MigratedModel
{
    // Rotations are as good as each other: one seed makes results repeatable.
    private const ulong Seed = 1;

    private readonly IReadOnlyList<IReadOnlyDictionary<string, WeightChange>> _changes;

    private MigratedModel(IWeights weights, ICalibration? calibration, IReadOnlyList<IReadOnlyDictionary<string, WeightChange>> changes) =>
        (Weights, Calibration, _changes) = (weights, calibration, changes);

    /// <summary>The weights, of the names and shapes that they had.</summary>
    public IWeights Weights { get; }

    /// <summary>What calibration would find of them; null where nothing was known before.</summary>
    public ICalibration? Calibration { get; }

    /// <summary>SHA-256 of what was done to a weight, lower-case hex: the same hash, the same change. Empty where it is as it was.</summary>
    /// <param name="role">Its name by role.</param>
    public string ChangeOf(string role)
    {
        WeightChange[] changes = [.. _changes.Select(c => c.GetValueOrDefault(role)).OfType<WeightChange>()];
        if (changes.Length == 0)
        {
            return "";
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (WeightChange change in changes)
        {
            change.AppendTo(hash);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Changes a model as wished; without such wishes all stays as it is.</summary>
    /// <param name="graph">Says what reads what; float or quantised.</param>
    /// <param name="formatOf">The format a matrix will have; null where it stays a float.</param>
    /// <param name="weights">The floats.</param>
    /// <param name="calibration">What is known of the model; without, nothing is scaled.</param>
    /// <param name="wishes">The recipe's.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    /// <param name="note">Told a value and what a user should know about it; may be null.</param>
    /// <exception cref="CompilationException">A rotation is impossible, or the calibration is of another model (FLC2003); a weight cannot
    /// be read or is not finite (FLC1007).</exception>
    public static MigratedModel Of(
        Graph graph, Func<Weight, QuantizedFormat?> formatOf, IWeights weights, ICalibration? calibration, CompressionWishes wishes,
        int threads = -1, Action<string, string>? note = null)
    {
        MigratedModel model = new(weights, calibration, []);
        if (wishes.Rotation != RotationKind.None)
        {
            model = model.After(
                graph, wishes.Rotation == RotationKind.Values ? ValueRotation.Of(graph, Seed) : ResidualRotation.Of(graph, weights, Seed), threads);
        }

        if (wishes.Migration != MigrationMethod.None && calibration is not null)
        {
            ScaleMigration migration = new(graph, formatOf, model.Weights, model.Calibration!, wishes, threads, note);
            model = model.After(graph, migration.Find(), threads);
        }

        return model;
    }

    private MigratedModel After(Graph graph, IReadOnlyDictionary<string, WeightChange> changes, int threads) => new(
        new ChangedWeights(graph, Weights, changes, threads),
        Calibration is null ? null : new ChangedCalibration(Calibration, changes, threads), [.. _changes, changes]);
}
