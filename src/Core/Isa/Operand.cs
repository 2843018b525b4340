namespace Flightc.Isa;

/// <summary>What an affine term multiplies: length register R0 … R15, or the index of the outer (L0) or inner (L1) loop.</summary>
/// <param name="Code">0 … 15 for a register, 16 for L0, 17 for L1.</param>
public readonly record struct Source(int Code)
{
    /// <summary>The first code that is a loop index.</summary>
    public const int FirstLoop = 16;

    /// <summary>How many loops of a stream can nest, each with an index.</summary>
    public const int LoopCount = 2;

    /// <summary>How many sources there are.</summary>
    public const int Count = FirstLoop + LoopCount;

    /// <summary>A length register.</summary>
    public static Source Register(int number) => new(number);

    /// <summary>The index of a loop: 0 for the outermost of the stream, 1 for the one inside it.</summary>
    public static Source Loop(int depth) => new(FirstLoop + depth);

    /// <summary><c>R3</c> or <c>L0</c>.</summary>
    public override string ToString() => Code < FirstLoop ? $"R{Code}" : $"L{Code - FirstLoop}";
}

/// <summary>A coefficient times a source.</summary>
public readonly record struct AffineTerm(Source Source, int Coefficient);

/// <summary>
/// A field's value: a constant plus terms that are affine in length registers and loop indices. Immutable; equal when all parts are.
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

    /// <summary><c>64+128*R1+4*L0</c></summary>
    public override string ToString()
    {
        System.Text.StringBuilder text = new(Constant.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (AffineTerm term in Terms)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{(term.Coefficient < 0 ? "" : "+")}{term.Coefficient}*{term.Source}");
        }

        return text.ToString();
    }
}
