using System.Globalization;
using System.Text;

namespace Flightc.Isa;

/// <summary>A coefficient times a source.</summary>
public readonly record struct AffineTerm(Source Source, int Coefficient);

/// <summary>
/// A field's value: a constant plus terms that are affine in length registers and loop indices. Immutable;
/// equal when all parts are.
/// </summary>
public readonly struct Operand : IEquatable<Operand>
{
    private readonly AffineTerm[]? _terms;

    /// <summary>A constant and terms; terms with coefficient 0 are dropped.</summary>
    public Operand(long constant, params ReadOnlySpan<AffineTerm> terms)
    {
        Constant = constant;
        int count = 0;
        foreach (AffineTerm term in terms)
        {
            count += term.Coefficient == 0 ? 0 : 1;
        }

        if (count > 0)
        {
            _terms = new AffineTerm[count];
            count = 0;
            foreach (AffineTerm term in terms)
            {
                if (term.Coefficient != 0)
                {
                    _terms[count++] = term;
                }
            }
        }
    }

    /// <summary>The constant part.</summary>
    public long Constant { get; }

    /// <summary>The terms, in the order given.</summary>
    public ReadOnlySpan<AffineTerm> Terms => _terms;

    /// <summary>A constant.</summary>
    public static implicit operator Operand(long constant) => new(constant);

    /// <summary>A constant.</summary>
    public static implicit operator Operand(int constant) => new(constant);

    /// <summary>1 × the source.</summary>
    public static implicit operator Operand(Source source) => new(0, new AffineTerm(source, 1));

    /// <summary>The sum, term by term.</summary>
    public static Operand operator +(Operand left, Operand right) =>
        new(left.Constant + right.Constant, [.. left.Terms, .. right.Terms]);

    /// <summary>The operand times a constant.</summary>
    public static Operand operator *(Operand operand, int factor)
    {
        AffineTerm[] terms = operand.Terms.ToArray();
        for (int i = 0; i < terms.Length; i++)
        {
            terms[i] = terms[i] with { Coefficient = checked(terms[i].Coefficient * factor) };
        }

        return new Operand(checked(operand.Constant * factor), terms);
    }

    /// <summary>The value for given sources, by <see cref="Source.Code"/>.</summary>
    /// <exception cref="OverflowException">It exceeds 64 bits.</exception>
    public long Evaluate(ReadOnlySpan<long> sources)
    {
        long value = Constant;
        foreach (AffineTerm term in Terms)
        {
            value = checked(value + (term.Coefficient * sources[term.Source.Code]));
        }

        return value;
    }

    /// <summary>The operand with the terms of known sources added to its constant.</summary>
    /// <param name="sources">Values by <see cref="Source.Code"/>; null for sources whose terms remain.</param>
    /// <exception cref="OverflowException">The constant exceeds 64 bits.</exception>
    public Operand Fold(IReadOnlyList<long?> sources)
    {
        if (Terms.IsEmpty)
        {
            return this;
        }

        long constant = Constant;
        List<AffineTerm> remaining = [];
        foreach (AffineTerm term in Terms)
        {
            if (sources[term.Source.Code] is { } value)
            {
                constant = checked(constant + (term.Coefficient * value));
            }
            else
            {
                remaining.Add(term);
            }
        }

        return new Operand(constant, [.. remaining]);
    }

    /// <inheritdoc/>
    public bool Equals(Operand other) => Constant == other.Constant && Terms.SequenceEqual(other.Terms);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Operand other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Constant, Terms.Length);

    /// <summary>Whether the parts are equal.</summary>
    public static bool operator ==(Operand left, Operand right) => left.Equals(right);

    /// <summary>Whether a part differs.</summary>
    public static bool operator !=(Operand left, Operand right) => !left.Equals(right);

    /// <summary><c>64+128*R1+L0</c>; a constant 0 stands only alone.</summary>
    public override string ToString()
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        StringBuilder text = new(Constant != 0 || Terms.IsEmpty ? Constant.ToString(culture) : "");
        foreach (AffineTerm term in Terms)
        {
            string sign = term.Coefficient < 0 || text.Length == 0 ? "" : "+";
            string factor = term.Coefficient == 1 ? "" : string.Create(culture, $"{term.Coefficient}*");
            text.Append(culture, $"{sign}{factor}{term.Source}");
        }

        return text.ToString();
    }
}
