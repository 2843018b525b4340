namespace Flightc.Chat;

/// <summary>What has a value. The position is for messages.</summary>
internal abstract record Expression(int Position)
{
    /// <summary>A value that stands in the template.</summary>
    public sealed record Literal(int Position, object? Value) : Expression(Position);

    /// <summary>A variable or a function.</summary>
    public sealed record Name(int Position, string Text) : Expression(Position);

    /// <summary><c>[a, b]</c> or <c>(a, b)</c>.</summary>
    public sealed record List(int Position, IReadOnlyList<Expression> Items) : Expression(Position);

    /// <summary><c>{'a': b}</c></summary>
    public sealed record Map(int Position, IReadOnlyList<(Expression Key, Expression Value)> Entries)
        : Expression(Position);

    /// <summary><c>a.name</c></summary>
    public sealed record Member(int Position, Expression Target, string Text) : Expression(Position);

    /// <summary><c>a[b]</c></summary>
    public sealed record Item(int Position, Expression Target, Expression Key) : Expression(Position);

    /// <summary><c>a[b:c:d]</c>, each of which may be missing.</summary>
    public sealed record Slice(int Position, Expression Target, Expression? Start, Expression? Stop, Expression? Step)
        : Expression(Position);

    /// <summary><c>a(b, c=d)</c></summary>
    public sealed record Call(int Position, Expression Target, Arguments Given) : Expression(Position);

    /// <summary><c>a | name(b)</c></summary>
    public sealed record Filter(int Position, Expression Target, string Text, Arguments Given) : Expression(Position);

    /// <summary><c>a is name(b)</c>, or <c>is not</c>.</summary>
    public sealed record Test(int Position, Expression Target, string Text, Arguments Given, bool IsNegated)
        : Expression(Position);

    /// <summary><c>-a</c>, <c>+a</c>, <c>not a</c>.</summary>
    public sealed record Unary(int Position, string Operator, Expression Operand) : Expression(Position);

    /// <summary>Arithmetic, <c>~</c>, <c>and</c>, <c>or</c>.</summary>
    public sealed record Binary(int Position, string Operator, Expression Left, Expression Right)
        : Expression(Position);

    /// <summary><c>a &lt; b &lt;= c</c>, with <c>in</c> and <c>not in</c>.</summary>
    public sealed record Comparison(int Position, Expression First, IReadOnlyList<(string Operator, Expression Right)> Links)
        : Expression(Position);

    /// <summary><c>a if b else c</c>; without <c>else</c> the value may be undefined.</summary>
    public sealed record Conditional(int Position, Expression Condition, Expression Then, Expression? Otherwise)
        : Expression(Position);

    /// <summary>What stands in the parentheses of a call.</summary>
    /// <param name="Values">By place.</param>
    /// <param name="Named">By name.</param>
    public sealed record Arguments(
        IReadOnlyList<Expression> Values, IReadOnlyList<(string Name, Expression Value)> Named)
    {
        /// <summary>Nothing.</summary>
        public static Arguments None { get; } = new([], []);
    }
}
