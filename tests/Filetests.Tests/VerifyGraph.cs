using Flightc.IR;

namespace Flightc.Tests.Filetests;

/// <summary>Prints what the verifier finds, or <c>valid</c>.</summary>
internal sealed class VerifyGraph : SubTest
{
    public override string Name => "verify graph";

    public override string Run(string input, string[] arguments)
    {
        string found = string.Concat(GraphVerifier.Verify(GraphText.Parse(input, Location, verify: false)).Select(d => d + "\n"));
        return found.Length > 0 ? found : "valid\n";
    }
}
