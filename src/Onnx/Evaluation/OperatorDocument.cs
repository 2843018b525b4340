using System.Globalization;
using System.Text;

namespace Flightc.Onnx.Evaluation;

/// <summary>docs/onnx-operators.md, made from the definitions: every operator with its opsets, inputs, outputs, attributes and element types.</summary>
public static class OperatorDocument
{
    private const string Introduction =
        """
        # ONNX operators

        This page is made from the definitions in `src/Onnx/Evaluation/Operators` by `OperatorDocument.cs`; do not edit it. Every operator below is known: nodes are checked against
        it, shapes are inferred through it, and it is evaluated, in every opset from 7 to 28 that has it. Semantics follow the opset that the model imports; numbers under *opsets* are
        those at which the definition changed. A trailing `?` marks what may be left out, `…` what may be repeated, `*` an attribute that must be there; `=` a default; brackets the
        opsets that have an input or attribute in that form.

        Element types: *floats* are float16, bfloat16, float and double; *float8* the four kinds with 8 bits; *integers* those of 8 to 64 bits; *numbers* floats and integers; *small*
        int4, uint4, int2 and uint2; *all* everything but string, complex64, complex128, float4e2m1 and float8e8m0, which are refused by name (FLC1505). Inputs of an operator with the
        same letter have the same type. The sets are those of the latest opset.

        """;

    private static readonly (ElementSet Set, string Name)[] Sets =
    [
        (ElementSet.All, "all"), (ElementSet.Numbers, "numbers"), (ElementSet.Floats, "floats"), (ElementSet.Float8s, "float8"), (ElementSet.Integers, "integers"),
        (ElementSet.SmallIntegers, "small"),
    ];

    /// <summary>The whole page, as far as it comes from code.</summary>
    /// <param name="raised">For operators that become part of a Graph, what they become; null leaves the column out.</param>
    public static string Markdown(IReadOnlyDictionary<(string Domain, string Name), string>? raised = null)
    {
        StringBuilder page = new(Introduction);
        foreach (IGrouping<string, OperatorDefinition> domain in OperatorTable.All.GroupBy(d => d.DomainName))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {domain.Key}: {domain.Count()} operators\n\n");
            page.Append(raised is null ? "| operator | opsets | inputs → outputs | attributes | types |\n|---|---|---|---|---|\n"
                : "| operator | opsets | inputs → outputs | attributes | types | in a Graph |\n|---|---|---|---|---|---|\n");
            foreach (OperatorDefinition definition in domain)
            {
                string becomes = raised is null ? "" : $" {raised.GetValueOrDefault((definition.Domain, definition.Name), "–")} |";
                page.Append(CultureInfo.InvariantCulture,
                    $"| {definition.Name} | {string.Join(", ", definition.Versions)} | {Parameters(definition)} | {Attributes(definition)} | {Types(definition)} |{becomes}\n");
            }
        }

        page.Append("\n## Refused\n\nOperators that exist elsewhere are refused with their name (FLC1504), all of a model at once. What helps:\n\n| operators | what to do |\n|---|---|\n");
        foreach ((string[] operators, string advice) in UnsupportedAdvice.Groups)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {string.Join(", ", operators)} | {advice} |\n");
        }

        return page.ToString();
    }

    private static string Parameters(OperatorDefinition definition)
    {
        string inputs = string.Join(", ", definition.Inputs.Select(Parameter));
        return $"{inputs} → {string.Join(", ", definition.Outputs.Select(Parameter))}";
    }

    private static string Parameter(ParameterDefinition parameter) =>
        $"{parameter.Name}: {parameter.Type}{(parameter.IsVariadic ? "…" : parameter.IsOptional ? "?" : "")}{(parameter.Since > 0 ? $" [{parameter.Since}–]" : "")}";

    private static string Attributes(OperatorDefinition definition) => definition.Attributes.Count == 0 ? "–" : string.Join(", ", definition.Attributes.Select(a =>
    {
        string value = a.Default is null ? "" : string.Create(CultureInfo.InvariantCulture, $"={a.Default}");
        string range = a.Since == 0 && a.Until == int.MaxValue ? "" : $" [{(a.Since == 0 ? "" : a.Since)}–{(a.Until == int.MaxValue ? "" : a.Until - 1)}]";
        return $"{a.Name}{(a.IsRequired ? "*" : "")}{value}{range}";
    }));

    private static string Types(OperatorDefinition definition) =>
        string.Join("; ", definition.Types.OrderBy(t => t.Key, StringComparer.Ordinal).Where(t => IsUsed(definition, t.Key)).Select(t => $"{t.Key}: {Describe(t.Value)}"));

    private static bool IsUsed(OperatorDefinition definition, string type) => definition.Inputs.Concat(definition.Outputs).Any(p => p.Type == type);

    private static string Describe(ElementSet set)
    {
        List<string> names = [];
        uint rest = set.Bits;
        foreach ((ElementSet part, string name) in Sets)
        {
            if ((rest & part.Bits) == part.Bits)
            {
                names.Add(name);
                rest &= ~part.Bits;
            }
        }

        return string.Join(", ", names.Concat(new ElementSet(rest).Members().Select(OnnxElementTypes.OnnxName)));
    }
}
