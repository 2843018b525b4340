namespace Flightc.Cli.Commands;

/// <summary>A command as the list of commands shows it. What can be typed behind it is declared only when it is asked for.</summary>
/// <param name="Name">The word.</param>
/// <param name="Arguments">What stands behind it, such as <c>&lt;MODEL&gt;</c>.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Create">Makes its definition.</param>
internal sealed record CommandEntry(string Name, string Arguments, string Description, Func<CommandDefinition> Create);
