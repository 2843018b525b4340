using System.Text;
using Flightc.Chat;
using Flightc.Diagnostics;

namespace Flightc.Tests.Chat;

public sealed class ChatFilesTests
{
    [Fact]
    public void A_folder_without_a_template_has_none()
    {
        using TemporaryFolder folder = new();
        Assert.Null(ChatFiles.Read(folder.Root));
        folder.Write("tokenizer_config.json", """{"bos_token":"<s>"}""");
        Assert.Null(ChatFiles.Read(folder.Root));
    }

    [Fact]
    public void A_file_of_its_own_goes_before_the_configuration()
    {
        using TemporaryFolder folder = new();
        folder.Write("tokenizer_config.json", """{"chat_template":"config {{ bos_token }}","bos_token":{"content":"<s>"}}""");
        Assert.Equal("config <s>", Render(folder));
        folder.Write("chat_template.json", """{"chat_template":"json {{ bos_token }}"}""");
        Assert.Equal("json <s>", Render(folder));
        folder.Write("chat_template.jinja", "jinja {{ bos_token }}");
        Assert.Equal("jinja <s>", Render(folder));
    }

    [Fact]
    public void Of_named_templates_the_default_one_counts()
    {
        using TemporaryFolder folder = new();
        folder.Write("tokenizer_config.json", """{"chat_template":[{"name":"tool_use","template":"t"},{"name":"default","template":"d"}]}""");
        Assert.Equal("d", Render(folder));
        folder.Write("tokenizer_config.json", """{"chat_template":[{"name":"tool_use","template":"t"}]}""");
        Assert.Equal("t", Render(folder));
        folder.Write("tokenizer_config.json", """{"chat_template":[{"name":"a","template":"t"},{"name":"b","template":"t"}]}""");
        CompilationException error = Assert.Throws<CompilationException>(() => ChatFiles.Read(folder.Root));
        Assert.Contains("none is called 'default'", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Special_tokens_come_from_the_map_where_the_configuration_names_none()
    {
        using TemporaryFolder folder = new();
        folder.Write("chat_template.jinja", "{{ bos_token }}{{ eos_token }}{{ pad_token }}");
        folder.Write("tokenizer_config.json", """{"eos_token":"</s>"}""");
        folder.Write("special_tokens_map.json", """{"bos_token":{"content":"<s>"},"eos_token":"other"}""");
        Assert.Equal("<s></s>", Render(folder));
    }

    [Fact]
    public void A_template_that_cannot_be_parsed_is_refused_with_its_file()
    {
        using TemporaryFolder folder = new();
        folder.Write("chat_template.jinja", "a\n{% extends 'b' %}");
        CompilationException error = Assert.Throws<CompilationException>(() => ChatFiles.Read(folder.Root));
        Assert.Equal($"{folder["chat_template.jinja"]}:2:4", error.Diagnostics[0].Location);
    }

    [Fact]
    public void A_byte_order_mark_is_no_text_and_bytes_that_are_none_are_refused()
    {
        using TemporaryFolder folder = new();
        folder.Write("chat_template.jinja", [0xEF, 0xBB, 0xBF, (byte)'a']);
        Assert.Equal("a", Render(folder));
        folder.Write("chat_template.jinja", [0xFF]);
        Assert.Equal(Codes.ChatTemplateInvalid, Assert.Throws<CompilationException>(() => ChatFiles.Read(folder.Root)).Diagnostics[0].Code);
    }

    [Fact]
    public void A_definition_survives_its_section()
    {
        ChatDefinition definition = new("{{ bos_token }}\n\u00E9\"", new Dictionary<string, string> { ["bos_token"] = "<s>" }, "a");
        ChatDefinition read = ChatDefinition.Parse(definition.ToJson(), "a");
        Assert.Equal(definition.Template, read.Template);
        Assert.Equal("<s>", read.SpecialTokens["bos_token"]);
        Assert.Equal(Codes.ImageDamaged, Assert.Throws<CompilationException>(() => ChatDefinition.Parse("{}"u8.ToArray(), "a")).Diagnostics[0].Code);
    }

    [Theory]
    [InlineData("""[{"role":"user","content":"a"}]""", 1)]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null}]}""", 2)]
    public void A_list_of_messages_is_a_conversation(string json, int count) =>
        Assert.Equal(count, ConversationFile.Parse(Encoding.UTF8.GetBytes(json), "c.json").MessageCount);

    [Theory]
    [InlineData("", "c.json:1:1")]
    [InlineData("[]", "c.json")]
    [InlineData("{}", "c.json")]
    [InlineData("\"a\"", "c.json")]
    [InlineData("""[{"content":"a"}]""", "c.json")]
    [InlineData("""[{"role":1}]""", "c.json")]
    [InlineData("""{"messages":[{"role":"user"}],"tools":{}}""", "c.json")]
    [InlineData("""[{"role":"user","role":"user"}]""", "c.json")]
    public void Anything_else_is_none(string json, string place)
    {
        CompilationException error = Assert.Throws<CompilationException>(() => ConversationFile.Parse(Encoding.UTF8.GetBytes(json), "c.json"));
        Assert.Equal(Codes.ConversationInvalid, error.Diagnostics[0].Code);
        Assert.StartsWith(place, error.Diagnostics[0].Location, StringComparison.Ordinal);
    }

    private static string Render(TemporaryFolder folder) =>
        ChatFiles.Read(folder.Root)!.Render(ChatConversation.Of(("user", "a")));
}
