using System.Text.Json;

namespace Flightc.Chat;

/// <summary>Makes values of a template from JSON.</summary>
internal static class JsonValues
{
    /// <summary>The value of a JSON element; its depth is bounded by the reader of the document.</summary>
    /// <exception cref="InvalidOperationException">A text is not valid Unicode.</exception>
    public static object? Of(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                TemplateMap map = new();
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    map[member.Name] = Of(member.Value);
                }

                return map;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Of).ToList();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return element.TryGetInt64(out long number) ? (object)number : element.GetDouble();
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }
}
