using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Flightc.Cli.Estimating;
using Flightc.Settings;
using Flightc.Cli.Images;
using Flightc.Runtime.Emulation;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Commands;

/// <summary>Makes arguments and options whose faults are told in words; several commands share some.</summary>
internal static class Declarations
{
    /// <summary>The argument MODEL.</summary>
    public static Argument<string> Model() => new("MODEL")
    {
        Description = "A Hugging Face folder, an .onnx file, a .safetensors file with its config.json beside it, or, where no weights are needed, config.json alone",
    };

    /// <summary>The argument IMAGE.</summary>
    public static Argument<string> Image() => new("IMAGE") { Description = "A compiled .flight file" };

    /// <summary>The argument IMAGE of commands that read bare instructions too.</summary>
    public static Argument<string> ImageOrProgram() => new("IMAGE")
    {
        Description = "A compiled .flight file; with --isa of a published machine, a file of its bare instructions",
    };

    /// <summary><c>--isa</c></summary>
    public static Option<string> InstructionSet() => Text(
        "--isa", "ISA",
        $"The instruction set: {string.Join(", ", PublishedFile.InstructionSets)}; that of images where it is left out");

    /// <summary><c>-t</c></summary>
    public static Option<string> Target(bool required)
    {
        string otherwise = required ? "" : $"; {Targets.Target.Default} where it is left out";
        return Text(
            "--target", "TARGET",
            $"The machine: a name that 'flightc targets' lists, or the path of a .yaml file{otherwise}",
            required, "-t");
    }

    /// <summary><c>-r</c></summary>
    public static Option<string> Recipe()
    {
        Option<string> option = Text(
            "--recipe", "RECIPE",
            "How weights are stored: a name that 'flightc recipes' lists, or the path of a .yaml file", false,
            "-r");
        option.DefaultValueFactory = _ => Flightc.Recipes.Recipe.Default;
        return option;
    }

    /// <summary><c>--max-length</c>: its range is the model's business.</summary>
    public static Option<int?> MaxLength() =>
        Whole(
            "--max-length", "N", "The most tokens of a sequence; the model's own length where it is left out",
            int.MinValue);

    /// <summary><c>--search-limit</c></summary>
    public static Option<int?> SearchLimit() =>
        Whole(
            "--search-limit", "N",
            $"The most mappings that are looked at for the fastest; {Passes.Tiling.MappingSearch.DefaultLimit} where it is left out, 0 takes the one that rules make", 0);

    /// <summary><c>--masks</c></summary>
    public static Option<string> Masks() => Text(
        "--masks", "FILE", "Attention masks for prompts, as --save-masks writes them, in the place of those that the recipe wants");

    /// <summary><c>-j</c></summary>
    public static Option<int?> Threads() =>
        Whole(
            "--threads", "N",
            "The most threads to use; all cores where it is left out. No result depends on it", 1, "-j");

    /// <summary><c>--vectors</c></summary>
    public static Option<string> Vectors() => Text(
        "--vectors", "PATH",
        $"Which vector instructions of the processor the emulator uses: {string.Join(", ", VectorPaths.Names)}; the widest where it is left out. No result depends on it");

    /// <summary>What <c>--vectors</c> says; null for the widest.</summary>
    /// <exception cref="Diagnostics.CompilationException">No path has that name (FLC9001), or this processor lacks it (FLC5005).</exception>
    public static VectorPath? ParseVectors(string? name) => name is null ? null : VectorPaths.Parse(name);

    /// <summary><c>--max-memory</c></summary>
    public static Option<long?> MaxMemory() => Size(
        "--max-memory", "The most memory to use beside the files that are read, such as 512MiB or 2GiB; a quarter of the machine's where it is left out. No result depends on it");

    /// <summary>An option with an amount of memory or disk, in bytes; null where it is left out.</summary>
    public static Option<long?> Size(string name, string description) => new(name)
    {
        HelpName = "SIZE",
        Description = description,
        CustomParser = result => Parse<long>(
            result, (string text, NumberStyles _, IFormatProvider _, out long bytes) => ByteSize.TryParse(text, out bytes), NumberStyles.None, _ => true, ByteSize.Wanted),
    };

    /// <summary>An option with a text.</summary>
    public static Option<string> Text(string name, string value, string description, bool required = false, params string[] aliases) =>
        new(name, aliases) { HelpName = value, Description = description, Required = required };

    /// <summary>An option with a text that can be given several times; null where it is left out.</summary>
    public static Option<string[]> Texts(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, AllowMultipleArgumentsPerToken = false };

    /// <summary><c>--length-plan</c></summary>
    public static Option<string> LengthPlan()
    {
        Option<string> option = Text(
            "--length-plan", "PLAN",
            "How programs serve all lengths: 'registers' (one for all), 'bucketed' or 'naive' (docs/lengths.md)");
        option.DefaultValueFactory = _ => LengthPlans.NameOf(Backend.Lengths.LengthPlan.Registers);
        option.CustomParser = result =>
        {
            string name = result.Tokens[^1].Value;
            if (!LengthPlans.Names.Contains(name))
            {
                result.AddError($"'{name}' stands where one of {string.Join(", ", LengthPlans.Names)} is wanted for --length-plan{Suggestion.For(name, LengthPlans.Names)}");
            }

            return name;
        };
        return option;
    }

    /// <summary>An option with a whole number; null where it is left out.</summary>
    public static Option<int?> Whole(string name, string value, string description, int least, params string[] aliases) => new(name, aliases)
    {
        HelpName = value,
        Description = description,
        CustomParser = result =>
            Parse<int>(
                result, int.TryParse, NumberStyles.AllowLeadingSign, n => n >= least,
                least == int.MinValue ? "a whole number" : $"a whole number from {least}"),
    };

    /// <summary><c>--seed</c></summary>
    public static Option<long?> Seed() => new("--seed")
    {
        HelpName = "N",
        Description = "The seed of random choices; 0 where it is left out",
        CustomParser = result =>
            Parse<long>(result, long.TryParse, NumberStyles.None, _ => true, "a whole number from 0"),
    };

    /// <summary>An option with a number; null where it is left out.</summary>
    public static Option<double?> Real(string name, string value, string description, Func<double, bool> accepts, string wanted) => new(name)
    {
        HelpName = value,
        Description = description,
        CustomParser = result =>
            Parse<double>(
                result, double.TryParse, NumberStyles.Float, n => double.IsFinite(n) && accepts(n), wanted),
    };

    private delegate bool TryParse<T>(string text, NumberStyles style, IFormatProvider format, out T value);

    private static T? Parse<T>(
        ArgumentResult result, TryParse<T> parse, NumberStyles style, Func<T, bool> accepts, string wanted)
        where T : struct
    {
        string text = result.Tokens[^1].Value;
        if (parse(text, style, CultureInfo.InvariantCulture, out T value) && accepts(value))
        {
            return value;
        }

        result.AddError(
            $"'{text}' stands where {wanted} is wanted for {(result.Parent as OptionResult)?.IdentifierToken?.Value ?? result.Argument.Name}");
        return null;
    }
}
