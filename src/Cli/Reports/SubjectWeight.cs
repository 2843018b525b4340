namespace Flightc.Cli.Reports;

/// <summary>A weight of the model.</summary>
/// <param name="Role">Its name by role: <c>layers.3.mlp.down.weight</c>.</param>
/// <param name="Source">Its name in the checkpoint; empty where the architecture is not known.</param>
/// <param name="Shape">Elements per dimension.</param>
/// <param name="Format">How it is stored: <c>4g64</c>, or <c>f32</c>.</param>
/// <param name="Sha256">Hash of its data before quantisation; empty where there are none.</param>
internal sealed record SubjectWeight(string Role, string Source, IReadOnlyList<long> Shape, string Format, string Sha256)
{
    private const string Suffix = ".weight";

    /// <summary>The role without <c>.weight</c>: the name of what uses it.</summary>
    public string Stem => Role.EndsWith(Suffix, StringComparison.Ordinal) ? Role[..^Suffix.Length] : Role;

    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}
