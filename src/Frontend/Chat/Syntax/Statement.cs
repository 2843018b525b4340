namespace Flightc.Chat;

/// <summary>A part of a template that is carried out. The position is for messages.</summary>
internal abstract record Statement(int Position)
{
    /// <summary>Text written as it is.</summary>
    public sealed record Text(int Position, string Content) : Statement(Position);

    /// <summary><c>{{ a }}</c></summary>
    public sealed record Output(int Position, Expression Value) : Statement(Position);

    /// <summary><c>{% set a, b = c %}</c></summary>
    public sealed record Set(int Position, IReadOnlyList<string> Names, Expression Value) : Statement(Position);

    /// <summary><c>{% set a.b = c %}</c>, where a is a namespace.</summary>
    public sealed record SetMember(int Position, string Target, string Member, Expression Value) : Statement(Position);

    /// <summary><c>{% set a %}…{% endset %}</c></summary>
    public sealed record SetBlock(int Position, string Name, IReadOnlyList<Statement> Body) : Statement(Position);

    /// <summary><c>{% if %}…{% elif %}…{% else %}…{% endif %}</c></summary>
    public sealed record If(
        int Position, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches,
        IReadOnlyList<Statement> Otherwise) : Statement(Position);

    /// <summary><c>{% for a, b in c if d %}…{% else %}…{% endfor %}</c></summary>
    public sealed record For(
        int Position, IReadOnlyList<string> Names, Expression Items, Expression? Condition,
        IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Otherwise) : Statement(Position);

    /// <summary><c>{% macro name(a, b=c) %}…{% endmacro %}</c></summary>
    public sealed record Macro(
        int Position, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters,
        IReadOnlyList<Statement> Body) : Statement(Position);

    /// <summary><c>{% break %}</c></summary>
    public sealed record Break(int Position) : Statement(Position);

    /// <summary><c>{% continue %}</c></summary>
    public sealed record Continue(int Position) : Statement(Position);
}
