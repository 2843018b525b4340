namespace Flightc.Schedules;

/// <summary>What an argument of a step names.</summary>
public enum ArgumentRole
{
    /// <summary>A region that is read.</summary>
    Read,

    /// <summary>A region that is written.</summary>
    Write,

    /// <summary>A region that is read and written.</summary>
    Update,

    /// <summary>A partition.</summary>
    Partition,

    /// <summary>A table.</summary>
    Table,

    /// <summary>A product.</summary>
    Product,

    /// <summary>An integer.</summary>
    Number,

    /// <summary>A word or a decimal number.</summary>
    Word,
}

/// <summary>An argument that a kind of step takes.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Role">What it names.</param>
/// <param name="Meaning">What it says.</param>
/// <param name="IsOptional">Whether it may be absent.</param>
public sealed record ArgumentDefinition(string Key, ArgumentRole Role, string Meaning, bool IsOptional = false);
