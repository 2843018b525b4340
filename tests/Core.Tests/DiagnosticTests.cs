using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class DiagnosticTests
{
    [Fact]
    public void A_diagnostic_prints_where_what_and_help()
    {
        Diagnostic diagnostic = new(Codes.SettingsUnknownKey, Severity.Error, "unknown key 'chanels'", "u280.yaml:7:5", "did you mean 'channels'?");

        Assert.Equal("u280.yaml:7:5: error FLC1202: unknown key 'chanels'\n  help: did you mean 'channels'?", diagnostic.ToString());
    }
}
