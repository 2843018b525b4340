using Flightc.Schedules;

namespace Flightc.Backend.Linking;

/// <summary>What is packed at a time: the tables, or one product.</summary>
/// <param name="Product">Null for the tables.</param>
/// <param name="Matrices">The matrices that it needs.</param>
internal sealed record LinkItem(Product? Product, IReadOnlyList<MatrixRun> Matrices);
