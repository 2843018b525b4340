namespace Flightc.Chat;

/// <summary>What a part of a template is.</summary>
internal enum TokenKind
{
    /// <summary>Text between tags, written as it is.</summary>
    Text,

    /// <summary><c>{{</c></summary>
    OutputStart,

    /// <summary><c>}}</c></summary>
    OutputEnd,

    /// <summary><c>{%</c></summary>
    BlockStart,

    /// <summary><c>%}</c></summary>
    BlockEnd,

    /// <summary>A name or a keyword.</summary>
    Name,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a point or an exponent.</summary>
    Real,

    /// <summary>A text in quotes, without them and with its escapes resolved.</summary>
    String,

    /// <summary>An operator or a bracket.</summary>
    Operator,

    /// <summary>Behind the last token.</summary>
    End,
}
