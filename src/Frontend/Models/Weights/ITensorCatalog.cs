using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>The tensors that a checkpoint has, by name, as floats.</summary>
/// <remarks>What stores weights in another form, such as codes with scales, shows them here as the floats that they stand for, under the name that the plain
/// checkpoint has, and hides the tensors it makes them of.</remarks>
public interface ITensorCatalog
{
    /// <summary>The folder or file of it, for messages.</summary>
    string Location { get; }

    /// <summary>Names of all tensors, in ordinal order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Finds a tensor.</summary>
    /// <param name="name">As in <see cref="Names"/>.</param>
    /// <param name="bag">Told why one of <see cref="Names"/> cannot be read as floats.</param>
    /// <returns>The tensor; null where there is none of this name, or where something was reported.</returns>
    ITensorSource? Find(string name, DiagnosticBag bag);
}
