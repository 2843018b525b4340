using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Chat;

/// <summary>What a model says of conversations: its template, and the texts of its special tokens.</summary>
/// <param name="Template">The template's text.</param>
/// <param name="SpecialTokens">By role, such as <c>bos_token</c>.</param>
/// <param name="Location">Where it was found, for messages.</param>
public sealed record ChatDefinition(
    string Template, IReadOnlyDictionary<string, string> SpecialTokens, string Location)
{
    private const string TemplateKey = "template";
    private const string TokensKey = "special_tokens";

    /// <summary>The text of a conversation.</summary>
    /// <param name="conversation">The messages.</param>
    /// <param name="now">The time that the template sees; null for none.</param>
    /// <exception cref="CompilationException">FLC1303 or FLC1304.</exception>
    public string Render(ChatConversation conversation, DateTime? now = null) =>
        ChatTemplate.Parse(Template, Location).Render(conversation.Knowing(SpecialTokens, now));

    /// <summary>The section of an image; the same bytes for the same content.</summary>
    public byte[] ToJson()
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString(TemplateKey, Template);
            json.WriteStartObject(TokensKey);
            foreach ((string role, string token) in SpecialTokens.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(role, token);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>Reads the section of an image.</summary>
    /// <param name="section">Its bytes.</param>
    /// <param name="location">For messages.</param>
    /// <exception cref="CompilationException">It is damaged (FLC4005).</exception>
    public static ChatDefinition Parse(ReadOnlyMemory<byte> section, string location)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(section);
            JsonElement root = document.RootElement;
            return new ChatDefinition(
                root.GetProperty(TemplateKey).GetString()!,
                root.GetProperty(TokensKey).EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!),
                location);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw new CompilationException(
                Codes.ImageDamaged, $"the chat template of the image is not what it should be: {Excerpt.Of(e.Message)}",
                location, "compile the image again", e);
        }
    }
}
