using Flightc.Isa;

namespace Flightc.Tests.Filetests;

/// <summary>Prints what the verifier finds, or <c>valid</c>.</summary>
internal sealed class VerifyProgram : SubTest
{
    public override string Name => "verify program";

    public override string Run(string input, string[] arguments)
    {
        string found = string.Concat(ProgramVerifier.Verify(Assembly.Parse(input, Location)).Items.Select(d => d + "\n"));
        return found.Length > 0 ? found : "valid\n";
    }
}
