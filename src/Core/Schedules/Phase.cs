using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>The order of steps for one entry of the program.</summary>
/// <param name="Name"><c>decode</c> or <c>prefill</c>.</param>
/// <param name="MatrixUnit">The unit of its matrix products.</param>
/// <param name="Steps">In an order in which one core could execute them one by one; what may overlap follows
/// from the regions they use.</param>
public sealed record Phase(string Name, Unit MatrixUnit, IReadOnlyList<Step> Steps);
