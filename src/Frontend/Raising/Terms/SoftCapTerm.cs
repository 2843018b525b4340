namespace Flightc.Raising;

/// <summary><c>cap · tanh(x ÷ cap)</c></summary>
internal sealed class SoftCapTerm(float cap, Term x) : Term(x.Columns)
{
    /// <summary>The cap.</summary>
    public float Cap => cap;

    /// <summary>The argument.</summary>
    public Term X => x;
}
