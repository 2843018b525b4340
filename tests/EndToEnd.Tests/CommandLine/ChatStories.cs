namespace Flightc.Tests;

/// <summary>The sample model with a chat template, compiled once for all tests of a class.</summary>
public sealed class ChatStories : IDisposable
{
    private const string Template = """
        {{ bos_token }}
        {%- if strftime_now is defined %}{{ strftime_now('%d %b %Y: ') }}{% endif %}
        {%- for message in messages %}
            {%- if message.content == 'refuse' %}
                {{- raise_exception('no such word') }}
            {%- endif %}
            {{- message.content | trim if message.role != 'assistant' else message.content }}
            {{- {'system': ': ', 'user': '.', 'assistant': ''}[message.role] }}
        {%- endfor %}
        """;

    private readonly WorkFolder _folder = new();

    public ChatStories()
    {
        CopyModel(_folder["model"]);
        File.WriteAllText(Path.Combine(_folder["model"], "chat_template.jinja"), Template);
        Image = _folder["stories.flight"];
        CommandRun.Of("compile", _folder["model"], "-t", "tiny", "-o", Image, "--max-length", "128").Succeeds();
    }

    /// <summary>Path of the image.</summary>
    public string Image { get; }

    /// <summary>Copies the sample model into a folder.</summary>
    public static void CopyModel(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(TestData.Stories))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }

    public void Dispose() => _folder.Dispose();
}
