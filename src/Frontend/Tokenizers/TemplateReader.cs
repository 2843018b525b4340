namespace Flightc.Tokenizers;

/// <summary>
/// Reads the <c>post_processor</c> of a tokenizer file, of which the form for a single text counts.
/// </summary>
internal static class TemplateReader
{
    private const string Known = "Sequence, TemplateProcessing and ByteLevel";
    // Ids around one text. Published files have one or two.
    private const int MaximumIds = 64;

    /// <summary>The ids around a text.</summary>
    /// <param name="part">The post-processor.</param>
    /// <param name="vocabulary">What ids must be in; null where that is checked elsewhere.</param>
    public static SequenceTemplate Read(JsonPart part, Vocabulary? vocabulary)
    {
        SequenceTemplate template = SequenceTemplate.Empty;
        foreach (JsonPart component in ComponentList.Flatten(part, "processors"))
        {
            template = component.Kind switch
            {
                // It changes offsets, which nobody asks for here.
                "ByteLevel" => template,
                "TemplateProcessing" => template.Within(ReadTemplate(component, vocabulary)),
                _ => throw component.Unknown("post-processor", Known),
            };
        }

        return template.Before.Count + template.After.Count <= MaximumIds
            ? template
            : throw part.Invalid($"adds more than {MaximumIds} tokens to a text");
    }

    private static SequenceTemplate ReadTemplate(JsonPart part, Vocabulary? vocabulary)
    {
        List<int> before = [];
        List<int> after = [];
        bool hasText = false;
        foreach (JsonPart piece in part["single"].Items())
        {
            JsonPart sequence = piece["Sequence"];
            if (sequence.IsNull)
            {
                string name = piece["SpecialToken"]["id"].Text();
                (hasText ? after : before).AddRange(ReadIds(part["special_tokens"][name]["ids"], vocabulary));
                continue;
            }

            if (hasText || sequence["id"].Text() != "A")
            {
                throw sequence.Invalid("is a second text, but a template for a single text has one, named 'A'");
            }

            hasText = true;
        }

        return hasText
            ? new(before, after)
            : throw part["single"].Invalid("has no place for the text: a Sequence 'A' is missing");
    }

    private static IEnumerable<int> ReadIds(JsonPart part, Vocabulary? vocabulary)
    {
        foreach (JsonPart item in part.Items())
        {
            int id = item.Number(Vocabulary.MaximumId);
            yield return vocabulary is not null && vocabulary.TokenOf(id) is null ? throw item.Invalid($"is {id}, which is no token") : id;
        }
    }
}
