using System.Globalization;
using System.Text;

namespace Flightc.FlightLlm;

/// <summary>The tables of docs/published.md, made from those of the encodings.</summary>
public static class EncodingDocument
{
    /// <summary>The line before the tables.</summary>
    public const string Begin = "<!-- The tables up to the next such line come from src/FlightLlm/Encodings; do not edit them. -->";

    /// <summary>The line behind the tables.</summary>
    public const string End = "<!-- End of the tables. -->";

    /// <summary>Both encodings, between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public static string Markdown()
    {
        StringBuilder text = new($"{Begin}\n");
        foreach (PublishedEncoding encoding in PublishedEncoding.All)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n### {encoding.Name}\n\nOpcode `{encoding.Opcode}`, wait `{encoding.Wait}`, release `{encoding.Release}`.\n\n");
            text.Append("| unit | opcode | words | field | bits | meaning |\n|---|--:|--:|---|---|---|\n");
            foreach (InstructionForm form in encoding.Forms)
            {
                Append(text, encoding, form);
            }
        }

        return text.Append(CultureInfo.InvariantCulture, $"\n{End}\n").ToString();
    }

    private static void Append(StringBuilder text, PublishedEncoding encoding, InstructionForm form)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"{form.Unit.Name()} | {form.Opcode} | {form.Words}");
        InstructionForm original = encoding.Forms.First(f => ReferenceEquals(f.Fields, form.Fields));
        if (original != form)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {head} | as {original.Unit.Name()} | | |\n");
            return;
        }

        foreach (PublishedField field in form.Fields)
        {
            Row($"`{field.Name}`", field.Ranges, field.Meaning);
        }

        foreach (PublishedField field in form.Inferred)
        {
            Row($"*inferred:* `{field.Name}`", field.Ranges, field.Meaning);
        }

        if (form.Reserved.Count > 0)
        {
            Row("reserved", form.Reserved, "0");
        }

        void Row(string name, IReadOnlyList<BitRange> ranges, string meaning)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {head} | {name} | `{string.Join(" + ", ranges)}` | {meaning} |\n");
            head = " | |";
        }
    }
}
