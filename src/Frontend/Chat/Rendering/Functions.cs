using System.Globalization;
using System.Text;

namespace Flightc.Chat;

/// <summary>The functions that templates can call.</summary>
internal static class Functions
{
    private const int MaximumRange = 100_000;

    /// <summary>Makes them known.</summary>
    /// <param name="scope">Where.</param>
    /// <param name="now">What time it is for the template; without it, templates that ask first do without.</param>
    public static void AddTo(Scope scope, DateTime? now)
    {
        Add("raise_exception", (given, context) => throw context.Refusal(given.Accept(1, "message").Text(0, "message")));
        Add("namespace", (given, context) => Namespace(given, context));
        Add("dict", (given, context) => ToMap(given, context));
        Add("range", (given, context) => Range(given.Accept(3), context));
        if (now is { } time)
        {
            Add("strftime_now", (given, context) => Format(time, given.Accept(1, "format").Text(0, "format"), context));
        }

        void Add(string name, Func<CallArguments, RenderContext, object?> call) =>
            scope.Set(name, new TemplateFunction(name, call));
    }

    private static TemplateNamespace Namespace(CallArguments given, RenderContext context)
    {
        TemplateNamespace space = new();
        foreach ((string name, object? value) in ToMap(given, context).Entries)
        {
            space.Values[name] = value;
        }

        return space;
    }

    private static TemplateMap ToMap(CallArguments given, RenderContext context)
    {
        TemplateMap map = new();
        foreach (object? value in given.Values)
        {
            foreach ((string name, object? item) in (value as TemplateMap ?? throw context.Fault("wanted a map")).Entries)
            {
                map[name] = item;
            }
        }

        foreach ((string name, object? value) in given.Named)
        {
            map[name] = value;
        }

        return map;
    }

    private static List<object?> Range(CallArguments given, RenderContext context)
    {
        long first = given.NumberOr(0, "start", 0);
        (long start, long stop) = given.Values.Count > 1 ? (first, given.NumberOr(1, "stop", 0)) : (0, first);
        long step = given.NumberOr(2, "step", 1);
        if (step == 0 || Math.Abs((double)stop - start) / Math.Abs((double)step) > MaximumRange)
        {
            throw context.Fault($"a range has at most {MaximumRange} numbers and a step other than zero");
        }

        List<object?> numbers = [];
        for (long number = start; step > 0 ? number < stop : number > stop; number += step)
        {
            numbers.Add(number);
        }

        context.Spend(numbers.Count);
        return numbers;
    }

    /// <summary>The directives of C's strftime that templates use.</summary>
    private static string Format(DateTime time, string format, RenderContext context)
    {
        StringBuilder result = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            char directive = format[++i];
            string? pattern = directive switch
            {
                'd' => "dd",
                'm' => "MM",
                'y' => "yy",
                'Y' => "yyyy",
                'b' => "MMM",
                'B' => "MMMM",
                'a' => "ddd",
                'A' => "dddd",
                'H' => "HH",
                'I' => "hh",
                'M' => "mm",
                'S' => "ss",
                'p' => "tt",
                _ => null,
            };
            _ = directive switch
            {
                '%' => result.Append('%'),
                'j' => result.Append(time.DayOfYear.ToString("000", CultureInfo.InvariantCulture)),
                _ when pattern is not null => result.Append(time.ToString(pattern, CultureInfo.InvariantCulture)),
                _ => throw context.Fault($"the directive '%{directive}' of a date is not supported"),
            };
        }

        return context.Made(result.ToString());
    }
}
