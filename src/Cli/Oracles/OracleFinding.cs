namespace Flightc.Cli.Oracles;

/// <summary>How far two executions of one model are apart.</summary>
/// <param name="Oracle">Who else ran it.</param>
/// <param name="Ran">What it ran: the user's ONNX file, or an export.</param>
/// <param name="Tokens">Tokens that both ran.</param>
/// <param name="Difference">The largest difference of a logit, relative to the largest logit.</param>
/// <param name="SameTop">Tokens behind which both find the same most likely one.</param>
internal sealed record OracleFinding(string Oracle, string Ran, int Tokens, double Difference, int SameTop)
{
    /// <summary>What two correct executions in binary32 may differ by, relative to the largest logit.</summary>
    public const double Limit = 1e-4;

    /// <summary>Whether the two agree.</summary>
    public bool IsSame => Difference <= Limit;
}
