using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>
/// Expressions by which the runtime computes length registers: <c>past</c>, <c>tokens</c>, <c>from</c>,
/// numbers, <c>+ - *</c>, parentheses, and <c>ceildiv(a, b)</c>, <c>floordiv(a, b)</c>, <c>mod(a, b)</c>,
/// <c>min(a, b)</c>, <c>max(a, b)</c>. All values are 64-bit integers.
/// </summary>
public static class LengthExpression
{
    private const int MaxDepth = 32;

    /// <summary>The value of an expression.</summary>
    /// <exception cref="CompilationException">It cannot be parsed, divides by 0 or overflows (FLC4002).</exception>
    public static long Evaluate(string expression, long past, long tokens, long from)
    {
        Parser parser = new(expression, past, tokens, from);
        try
        {
            return parser.Whole();
        }
        catch (Exception e) when (e is OverflowException or DivideByZeroException or FormatException)
        {
            throw new CompilationException(
                Codes.ProgramText, $"the length expression '{expression}' cannot be evaluated: {e.Message}");
        }
    }

    private struct Parser(string text, long past, long tokens, long from)
    {
        private int _at;

        public long Whole()
        {
            long value = Sum(0);
            Skip();
            return _at == text.Length ? value : throw new FormatException($"'{text[_at..]}' is left over");
        }

        private long Sum(int depth)
        {
            long value = Product(depth);
            while (true)
            {
                if (Take('+'))
                {
                    value = checked(value + Product(depth));
                }
                else if (Take('-'))
                {
                    value = checked(value - Product(depth));
                }
                else
                {
                    return value;
                }
            }
        }

        private long Product(int depth)
        {
            long value = Factor(depth + 1);
            while (Take('*'))
            {
                value = checked(value * Factor(depth + 1));
            }

            return value;
        }

        private long Factor(int depth)
        {
            if (depth > MaxDepth)
            {
                throw new FormatException($"it nests deeper than {MaxDepth}");
            }

            if (Take('('))
            {
                long inner = Sum(depth);
                Expect(')');
                return inner;
            }

            Skip();
            int start = _at;
            while (_at < text.Length && char.IsAsciiLetterOrDigit(text[_at]))
            {
                _at++;
            }

            ReadOnlySpan<char> word = text.AsSpan(start, _at - start);
            return word switch
            {
                "past" => past,
                "tokens" => tokens,
                "from" => from,
                "ceildiv" or "floordiv" or "mod" or "min" or "max" => Call(word, depth),
                _ => long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture),
            };
        }

        private long Call(ReadOnlySpan<char> function, int depth)
        {
            Expect('(');
            long a = Sum(depth);
            Expect(',');
            long b = Sum(depth);
            Expect(')');
            return function switch
            {
                "ceildiv" => checked(a + b - 1) / b,
                "floordiv" => a / b,
                "mod" => a % b,
                "min" => Math.Min(a, b),
                _ => Math.Max(a, b),
            };
        }

        private void Expect(char wanted)
        {
            if (!Take(wanted))
            {
                throw new FormatException($"'{wanted}' is missing at {_at}");
            }
        }

        private bool Take(char wanted)
        {
            Skip();
            if (_at < text.Length && text[_at] == wanted)
            {
                _at++;
                return true;
            }

            return false;
        }

        private void Skip()
        {
            while (_at < text.Length && text[_at] == ' ')
            {
                _at++;
            }
        }
    }
}
