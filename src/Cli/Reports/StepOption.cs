using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>A step as users name it: <c>decode@512</c>, <c>prefill@0+64</c>.</summary>
internal static class StepOption
{
    /// <summary>What can be written.</summary>
    public const string Form = "decode@PAST or prefill@PAST+TOKENS";

    private const string Option = "--step";
    private const int UsualPast = 512;

    /// <summary>The decode step that is looked at where none is named: after 512 tokens, or the last one.</summary>
    public static StepCase Usual(MemoryMap memory) => StepCase.Decode(Math.Min(UsualPast, memory.ContextLength - 1));

    /// <summary>The prefill step that is looked at where none is named: the largest, of a sequence's first tokens.</summary>
    public static StepCase UsualPrefill(MemoryMap memory) =>
        StepCase.Prefill(0, Math.Min(memory.MaxTokens, memory.ContextLength), isLast: true);

    /// <summary>Reads a step.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="memory">What the program serves.</param>
    /// <exception cref="CompilationException">It is no step (FLC9001), or one that the program does not serve
    /// (FLC1104).</exception>
    public static StepCase Parse(string text, MemoryMap memory)
    {
        (string entry, string numbers) = text.Split('@') is [var before, var after] ? (before, after) : ("", "");
        switch (entry, numbers.Split('+'))
        {
            case ("decode", [var past]) when TryNumber(past, out long number):
                Require(number + 1 <= memory.ContextLength, text, $"sequences of at most {memory.ContextLength} tokens");
                return StepCase.Decode(number);
            case ("prefill", [var past, var tokens]) when TryNumber(past, out long number) && TryNumber(tokens, out long count):
                Require(count is >= 1 && count <= memory.MaxTokens, text, $"prefill steps of 1 to {memory.MaxTokens} tokens");
                Require(number + count <= memory.ContextLength, text, $"sequences of at most {memory.ContextLength} tokens");
                return StepCase.Prefill(number, count, isLast: true);
            default:
                throw new CompilationException(
                    Codes.Usage, $"'{Excerpt.Of(text)}' stands where a step is wanted for {Option}", "",
                    $"write {Form}, such as decode@512 or prefill@0+64");
        }
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public static string Text(StepCase step) => step.Entry == "decode"
        ? string.Create(CultureInfo.InvariantCulture, $"decode@{step.Past}")
        : string.Create(CultureInfo.InvariantCulture, $"{step.Entry}@{step.Past}+{step.Tokens}");

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= int.MaxValue;

    private static void Require(bool condition, string text, string served)
    {
        if (!condition)
        {
            throw new CompilationException(
                Codes.LengthUnsupported, $"{Option} {text}: the program serves {served}", "",
                "name a shorter step, or give a larger --max-length");
        }
    }
}
