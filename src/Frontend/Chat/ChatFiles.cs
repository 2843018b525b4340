using System.Text;
using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Chat;

/// <summary>Finds the chat template of a checkpoint.</summary>
/// <remarks>
/// <c>chat_template.jinja</c> goes before <c>chat_template.json</c> and this before <c>tokenizer_config.json</c>, where
/// the template is a text or a list of named ones, of which <c>default</c> counts.
/// </remarks>
public static class ChatFiles
{
    private const int MaximumSize = 4 << 20;
    private const string PlainName = "chat_template.jinja";
    private const string JsonName = "chat_template.json";
    private const string ConfigName = "tokenizer_config.json";
    private const string Member = "chat_template";
    private const string DefaultName = "default";

    /// <summary>What a folder says; null where it has no template.</summary>
    /// <exception cref="CompilationException">
    /// FLC1001 or FLC1301: a file cannot be read; FLC1303: the template is not valid.
    /// </exception>
    public static ChatDefinition? Read(string folder)
    {
        if (Find(folder) is not (string file, string text))
        {
            return null;
        }

        ChatTemplate.Parse(text, file);
        using TokenizerSettings settings = new(folder);
        Dictionary<string, string> tokens = [];
        foreach (string role in TokenizerSettings.Roles)
        {
            if (settings.TokenOf(role) is string token)
            {
                tokens[role] = token;
            }
        }

        return new ChatDefinition(text, tokens, file);
    }

    private static (string File, string Text)? Find(string folder)
    {
        string plain = Path.Combine(folder, PlainName);
        if (File.Exists(plain))
        {
            return (plain, ReadText(plain));
        }

        foreach (string name in (string[])[JsonName, ConfigName])
        {
            string file = Path.Combine(folder, name);
            if (File.Exists(file) && FromJson(file) is string text)
            {
                return (file, text);
            }
        }

        return null;
    }

    private static string ReadText(string file)
    {
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true)
                .GetString(InputFile.ReadAll(file, MaximumSize, Codes.ChatTemplateInvalid));
            return text.TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new CompilationException(Codes.ChatTemplateInvalid, "the file is not UTF-8", file, inner: exception);
        }
    }

    private static string? FromJson(string file)
    {
        using JsonDocument document = TokenizerJson.Parse(TokenizerJson.ReadBytes(file), file);
        JsonPart template = new JsonPart(document.RootElement, "", file)[Member];
        if (!template.IsArray)
        {
            return template.TextOr(null);
        }

        List<(string Name, string Text)> named =
            [.. template.Items().Select(item => (item["name"].Text(), item["template"].Text()))];
        int place = named.Count == 1 ? 0 : named.FindIndex(item => item.Name == DefaultName);
        return place >= 0 ? named[place].Text : throw new CompilationException(
            Codes.ChatTemplateInvalid,
            $"there are the chat templates {Excerpt.List([.. named.Select(item => item.Name)])}, and none is called '{DefaultName}'",
            file, $"put the one to use into {PlainName}");
    }
}
