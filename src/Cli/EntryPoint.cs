using System.Text;
using Flightc.Cli.Terminal;

namespace Flightc.Cli;

/// <summary>Where the program starts.</summary>
internal static class EntryPoint
{
    private const int BufferedCharacters = 1 << 14;

    private static int Main(string[] arguments)
    {
        using StreamWriter output = new(Console.OpenStandardOutput(), new UTF8Encoding(false), BufferedCharacters);
        using StreamWriter error = new(Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true };
        using Interruption interruption = new();
        interruption.Listen();
        return (int)CommandLine.Run(arguments, output, error, TerminalCapabilities.OfProcess(), interruption);
    }
}
