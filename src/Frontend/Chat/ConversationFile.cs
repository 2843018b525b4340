using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Chat;

/// <summary>Reads a conversation from JSON: a list of messages, or an object with <c>messages</c> and <c>tools</c>.</summary>
public static class ConversationFile
{
    private const int MaximumSize = 64 << 20;
    private const int MaximumDepth = 32;
    private const string Help = "a file such as [{\"role\": \"user\", \"content\": \"Hello\"}]";

    /// <summary>Reads a file.</summary>
    /// <exception cref="CompilationException">FLC1001: it cannot be read; FLC1304: it is no conversation.</exception>
    public static ChatConversation Read(string path) =>
        Parse(InputFile.ReadAll(path, MaximumSize, Codes.ConversationInvalid), path);

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="location">For messages.</param>
    /// <exception cref="CompilationException">FLC1304: it is no conversation.</exception>
    public static ChatConversation Parse(ReadOnlyMemory<byte> utf8, string location)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                utf8, new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
            object? root = JsonValues.Of(document.RootElement);
            object? tools = null;
            object? messages = root;
            if (root is TemplateMap map)
            {
                map.TryGet("tools", out tools);
                messages = map.TryGet("messages", out object? list) ? list : null;
            }

            return messages is List<object?> { Count: > 0 } said && said.TrueForAll(IsMessage) && tools is null or List<object?>
                ? new ChatConversation((List<object?>)messages!, (List<object?>?)tools)
                : throw new CompilationException(
                    Codes.ConversationInvalid,
                    "found no list of messages, each an object with a text 'role', alone or as 'messages' of an object",
                    location, Help);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            string where = e is JsonException { LineNumber: long line, BytePositionInLine: long column }
                ? $"{location}:{line + 1}:{column + 1}"
                : location;
            throw new CompilationException(
                Codes.ConversationInvalid, $"the conversation is not valid JSON: {Excerpt.Of(e.Message)}", where, Help, e);
        }
    }

    private static bool IsMessage(object? message) =>
        message is TemplateMap map && map.TryGet("role", out object? role) && role is string;
}
