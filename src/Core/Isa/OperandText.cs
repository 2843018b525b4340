using System.Globalization;

namespace Flightc.Isa;

/// <summary>Reads an operand: a constant and terms such as <c>128*R1</c> or <c>L0</c>, with signs between.</summary>
internal static class OperandText
{
    private static readonly string[] Sources = [.. Enumerable.Range(0, Source.Count).Select(code => new Source(code).ToString())];

    public static Operand Parse(AssemblyLine line, AssemblyLine.Pair pair)
    {
        string value = pair.Value;
        long? constant = null;
        List<AffineTerm> terms = [];
        int end;
        for (int start = 0; start < value.Length; start = end)
        {
            end = start + 1;
            while (end < value.Length && value[end] is not ('+' or '-'))
            {
                end++;
            }

            string part = value[start..end];
            part = part[0] == '+' && start > 0 ? part[1..] : part;
            int star = part.IndexOf('*', StringComparison.Ordinal);
            int source = Array.IndexOf(Sources, part[(star + 1)..]);
            int coefficient = 1;
            if (source < 0 && constant is null && long.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            {
                constant = number;
            }
            else if (source < 0 || (star >= 0 && !int.TryParse(part[..star], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out coefficient)))
            {
                throw line.Error(
                    pair.ValueAt + start,
                    $"'{part}' is neither the constant of '{pair.Key}' nor a 32-bit multiple of R0 to R15, L0 or L1");
            }
            else
            {
                terms.Add(new AffineTerm(new Source(source), coefficient));
            }
        }

        return new Operand(constant ?? 0, [.. terms]);
    }
}
