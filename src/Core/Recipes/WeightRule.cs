using Flightc.IR;

namespace Flightc.Recipes;

/// <summary>A format for the weights whose role a pattern matches.</summary>
/// <param name="Match">The pattern: <c>*</c> is any run of characters, dots too; <c>?</c> is one character;
/// all else is itself. It covers the whole role.</param>
/// <param name="Format">Their format.</param>
public sealed record WeightRule(string Match, QuantizedFormat Format)
{
    /// <summary>
    /// Whether the pattern covers a role, such as <c>layers.3.attn.v.weight</c>. Takes time proportional to
    /// at most the product of both lengths.
    /// </summary>
    public bool Covers(string role)
    {
        int pattern = 0;
        int at = 0;
        int star = -1;
        int resume = 0;
        while (at < role.Length)
        {
            if (pattern < Match.Length
                && (Match[pattern] == '?' || (Match[pattern] == role[at] && Match[pattern] != '*')))
            {
                pattern++;
                at++;
            }
            else if (pattern < Match.Length && Match[pattern] == '*')
            {
                star = pattern++;
                resume = at;
            }
            else if (star >= 0)
            {
                // Only the last star has to give: an earlier one could gain nothing by taking more.
                pattern = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }

        return Match[pattern..].All(c => c == '*');
    }
}
