using System.Text;

namespace Flightc.Chat;

/// <summary>Arithmetic and comparisons, as Python has them.</summary>
internal static class Operators
{
    /// <summary>The value of <c>left operation right</c>.</summary>
    public static object? Apply(string operation, object? left, object? right, RenderContext context)
    {
        if (operation == "~")
        {
            return Join(TemplateValue.ToText(left, context), TemplateValue.ToText(right, context), context);
        }

        return (operation, left, right) switch
        {
            ("+", string a, string b) => Join(a, b, context),
            ("+", List<object?> a, List<object?> b) => Concatenate(a, b, context),
            ("*", string text, long count) => Repeat(text, count, context),
            ("*", long count, string text) => Repeat(text, count, context),
            (_, long a, long b) => Whole(operation, a, b, context),
            _ when TemplateValue.AsNumber(left) is double a && TemplateValue.AsNumber(right) is double b =>
                Real(operation, a, b, context),
            _ => throw context.Fault(
                $"'{operation}' cannot be applied to {TemplateValue.KindOf(left)} and {TemplateValue.KindOf(right)}"),
        };
    }

    /// <summary>Whether a comparison, <c>in</c> or <c>not in</c> holds.</summary>
    public static bool Compare(string operation, object? left, object? right, RenderContext context) => operation switch
    {
        "==" => TemplateValue.AreEqual(left, right, context),
        "!=" => !TemplateValue.AreEqual(left, right, context),
        "in" => Contains(right, left, context),
        "not in" => !Contains(right, left, context),
        "<" => Order(left, right, operation, context) < 0,
        "<=" => Order(left, right, operation, context) <= 0,
        ">" => Order(left, right, operation, context) > 0,
        ">=" => Order(left, right, operation, context) >= 0,
        _ => throw new InvalidOperationException($"the comparison {operation}"),
    };

    /// <summary>Which of two numbers or texts is the smaller one.</summary>
    public static int Order(object? left, object? right, string operation, RenderContext context)
    {
        if (TemplateValue.AsNumber(left) is double a && TemplateValue.AsNumber(right) is double b)
        {
            return left is long x && right is long y ? x.CompareTo(y) : a.CompareTo(b);
        }

        return (left, right) switch
        {
            (string x, string y) => CompareRunes(x, y),
            _ => throw context.Fault(
                $"'{operation}' cannot compare {TemplateValue.KindOf(left)} and {TemplateValue.KindOf(right)}"),
        };
    }

    private static int CompareRunes(string a, string b)
    {
        // Python orders by code points, which UTF-16 units do not beyond the basic plane.
        StringRuneEnumerator first = a.EnumerateRunes();
        StringRuneEnumerator second = b.EnumerateRunes();
        while (true)
        {
            bool hasFirst = first.MoveNext();
            bool hasSecond = second.MoveNext();
            if (!hasFirst || !hasSecond)
            {
                return hasFirst.CompareTo(hasSecond);
            }

            int order = first.Current.CompareTo(second.Current);
            if (order != 0)
            {
                return order;
            }
        }
    }

    private static bool Contains(object? container, object? value, RenderContext context)
    {
        context.Spend(1);
        switch (container)
        {
            case string text:
                context.Spend(text.Length);
                return value is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw context.Fault($"'in' looks for a text in a text, not for {TemplateValue.KindOf(value)}");
            case List<object?> list:
                context.Spend(list.Count);
                return list.Any(item => TemplateValue.AreEqual(item, value, context));
            case TemplateMap map:
                return value is string key && map.TryGet(key, out _);
            case Undefined:
                return false;
            default:
                throw context.Fault($"'in' cannot look into {TemplateValue.KindOf(container)}");
        }
    }

    private static string Join(string a, string b, RenderContext context)
    {
        context.Limit((long)a.Length + b.Length);
        return context.Made(a + b);
    }

    private static List<object?> Concatenate(List<object?> a, List<object?> b, RenderContext context)
    {
        context.Spend((long)a.Count + b.Count);
        return [.. a, .. b];
    }

    private static string Repeat(string text, long count, RenderContext context)
    {
        if (count <= 0)
        {
            return "";
        }

        context.Limit(Math.Max((long)text.Length, 1) * Math.Min(count, 1L << 30));
        return context.Made(new StringBuilder(text.Length * (int)count).Insert(0, text, (int)count).ToString());
    }

    private static object Whole(string operation, long a, long b, RenderContext context)
    {
        try
        {
            // Whole numbers stay whole but for this division.
            return operation switch
            {
                "/" or "//" or "%" when b == 0 => throw context.Fault("a number is divided by zero"),
                "/" => (double)a / b,
                "**" when b < 0 => throw context.Fault("'**' takes whole numbers that are not below zero"),
                _ => (object)Whole(operation, a, b),
            };
        }
        catch (OverflowException)
        {
            throw context.Fault($"the result of '{operation}' is too large a number");
        }
    }

    private static long Whole(string operation, long a, long b) => operation switch
    {
        "+" => checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "//" => FloorDivide(a, b),
        "%" => checked(a - (FloorDivide(a, b) * b)),
        "**" => Power(a, b),
        _ => throw new InvalidOperationException($"the operator {operation}"),
    };

    private static long FloorDivide(long a, long b) =>
        checked(a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);

    private static long Power(long a, long b)
    {
        long result = 1;
        // More than 63 doublings overflow, unless there is nothing to double.
        for (long i = 0; i < Math.Min(b, a is 0 or 1 or -1 ? 2 - (b & 1) : 64); i++)
        {
            result = checked(result * a);
        }

        return result;
    }

    private static double Real(string operation, double a, double b, RenderContext context) => operation switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" or "//" or "%" when b == 0 => throw context.Fault("a number is divided by zero"),
        "/" => a / b,
        "//" => Math.Floor(a / b),
        "%" => a - (Math.Floor(a / b) * b),
        "**" => throw context.Fault("'**' takes whole numbers that are not below zero"),
        _ => throw new InvalidOperationException($"the operator {operation}"),
    };
}
