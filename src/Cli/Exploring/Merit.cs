namespace Flightc.Cli.Exploring;

/// <summary>What a machine is judged by.</summary>
/// <param name="SecondsPerToken">Time for a token; the prompt's time is part of it.</param>
/// <param name="JoulesPerToken">Energy for a token; the prompt's is part of it.</param>
/// <param name="Share">Of the card, the resource of which most is taken: 0 … 1.</param>
internal readonly record struct Merit(double SecondsPerToken, double JoulesPerToken, double Share)
{
    /// <summary>The number that is to be small.</summary>
    public double Of(Objective objective) => objective switch
    {
        Objective.Time => SecondsPerToken,
        Objective.Energy => JoulesPerToken,
    };

    /// <summary>Whether this is at least as good in everything and better in something.</summary>
    public bool Dominates(Merit other) =>
        SecondsPerToken <= other.SecondsPerToken && JoulesPerToken <= other.JoulesPerToken && Share <= other.Share
        && this != other;
}

/// <summary>What is to be small.</summary>
internal enum Objective
{
    /// <summary>Seconds for a token.</summary>
    Time,

    /// <summary>Joules for a token.</summary>
    Energy,
}
