namespace Flightc.Cli;

/// <summary>Where the program starts.</summary>
internal static class EntryPoint
{
    private static int Main(string[] args) => args.Length;
}
