namespace Flightc.Isa;

/// <summary>A length register and the expression that the runtime computes it by.</summary>
/// <param name="Number">0 … 15.</param>
/// <param name="Name">A word for people.</param>
/// <param name="Expression">Over <c>past</c>, <c>tokens</c>, <c>from</c>: see <see cref="LengthExpression"/>.</param>
public sealed record LengthRegister(int Number, string Name, string Expression);
