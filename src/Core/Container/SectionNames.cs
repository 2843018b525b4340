using System.Globalization;

namespace Flightc.Container;

/// <summary>The names of an image's sections: docs/container.md.</summary>
public static class SectionNames
{
    /// <summary>Instructions and memory map: all that a device needs.</summary>
    public const string Program = "program";

    /// <summary>Symbols and provenance of the program, for people; can be empty.</summary>
    public const string Symbols = "symbols";

    /// <summary>The checkpoint's tokenizer.json; empty where it had none.</summary>
    public const string Tokenizer = "tokenizer";

    /// <summary>
    /// How the checkpoint's authors want text generated: JSON with the keys of generation_config.json; empty
    /// where nothing is stated.
    /// </summary>
    public const string Generation = "generation";

    /// <summary>The checkpoint's chat template and special tokens; absent where it has no template.</summary>
    public const string Chat = "chat";

    /// <summary>DDR from address 0.</summary>
    public const string Tables = "tables";

    /// <summary>The weight stream of a memory channel.</summary>
    /// <param name="channel">Its number in the whole machine.</param>
    public static string Bank(int channel) => string.Create(CultureInfo.InvariantCulture, $"bank.{channel:00}");

    /// <summary>
    /// Beginning of the names of sections with programs for single lengths or buckets of them, for hardware without
    /// a sequencer: docs/lengths.md.
    /// </summary>
    public const string LengthProgram = "program.";
}
