using Flightc.IR;

namespace Flightc.Raising;

/// <summary>A function of every number.</summary>
internal sealed class ActivationTerm(ActivationFunction function, Term x) : Term(x.Columns)
{
    /// <summary>The function.</summary>
    public ActivationFunction Function => function;

    /// <summary>Its argument.</summary>
    public Term X => x;
}
