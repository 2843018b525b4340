using Flightc.Checkpoints;
using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>Opens a configuration file and turns everything that is wrong with it into diagnostics.</summary>
internal static class ConfigFile
{
    // Published files have a few kilobytes; chat templates once stood in them.
    private const int ByteLimit = 16 << 20;

    public static T? TryRead<T>(string path, DiagnosticBag bag, Func<ConfigReader, T?> read)
        where T : class
    {
        try
        {
            using JsonFile file = JsonFile.Open(path, Codes.ConfigInvalid, ByteLimit);
            ConfigReader reader = new(file, file.Root, "", bag);
            T? value = read(reader);
            return reader.Failed ? null : value;
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic fault in e.Diagnostics)
            {
                bag.Error(fault.Code, fault.Message, fault.Location, fault.Help);
            }

            return null;
        }
    }
}
