using System.Text.Json;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary><c>run --chat</c> with the sample model and a chat template beside it.</summary>
public sealed class ChatCommandTests(ChatStories stories) : IClassFixture<ChatStories>
{
    [Fact]
    public void A_prompt_is_said_by_a_user_in_the_form_of_the_template()
    {
        JsonElement run = CommandRun.Of("run", stories.Image, "--chat", "-p", " lily ", "--system", "tell", "-n", "2", "--json").Succeeds().Json;
        Assert.Equal("<s>tell: lily.", run.GetProperty("prompt_text").GetString());
        // The template has written the beginning of the sequence; nothing else has.
        JsonElement plain = CommandRun.Of("run", stories.Image, "-p", "tell: lily.", "-n", "2", "--json").Succeeds().Json;
        Assert.Equal(plain.GetProperty("prompt_ids").GetRawText(), run.GetProperty("prompt_ids").GetRawText());
        Assert.Equal(plain.GetProperty("text").GetString(), run.GetProperty("text").GetString());
        Assert.Equal(JsonValueKind.Null, plain.GetProperty("prompt_text").ValueKind);
    }

    [Fact]
    public void A_file_of_messages_is_a_conversation_and_a_prompt_goes_behind_it()
    {
        using WorkFolder folder = new();
        File.WriteAllText(folder["c.json"], """[{"role":"user","content":"a"},{"role":"assistant","content":" b "}]""");
        JsonElement run = CommandRun.Of("run", stories.Image, "--chat", "--messages", folder["c.json"], "-p", "c", "-n", "1", "--json").Succeeds().Json;
        Assert.Equal("<s>a. b c.", run.GetProperty("prompt_text").GetString());
        CommandRun.Of("run", stories.Image, "--chat", "--messages", folder["none.json"], "-n", "1").FailsWith(ExitCode.Usage, Codes.FileNotReadable);
    }

    [Fact]
    public void A_date_is_only_seen_where_it_is_given()
    {
        string Prompt(params string[] more) => CommandRun.Of(["run", stories.Image, "--chat", "-p", "date", "-n", "1", "--json", .. more])
            .Succeeds().Json.GetProperty("prompt_text").GetString()!;
        Assert.Equal("<s>date.", Prompt());
        Assert.Equal("<s>01 Mar 2025: date.", Prompt("--date", "2025-03-01"));
        CommandRun.Of("run", stories.Image, "--chat", "-p", "a", "--date", "March").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    [Fact]
    public void What_the_template_refuses_is_told_in_its_words()
    {
        CommandRun run = CommandRun.Of("run", stories.Image, "--chat", "-p", "refuse", "-n", "1").FailsWith(ExitCode.Unsupported, Codes.ConversationInvalid);
        Assert.Contains("does not take this conversation: no such word", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_sense_with_a_conversation_is_refused()
    {
        CommandRun.Of("run", stories.Image, "--system", "a", "-p", "b").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("run", stories.Image, "--chat", "--ids", "1").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("run", stories.Image, "--chat", "--json").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    [Fact]
    public void A_model_without_a_template_says_so()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--max-length", "32").Succeeds();
        CommandRun.Of("run", folder["a.flight"], "--chat", "-p", "a").FailsWith(ExitCode.Unsupported, Codes.ChatTemplateInvalid);
    }

    [Fact]
    public void A_template_that_cannot_be_used_is_a_warning_and_no_section()
    {
        using WorkFolder folder = new();
        ChatStories.CopyModel(folder["model"]);
        File.WriteAllText(Path.Combine(folder["model"], "chat_template.jinja"), "{% import 'x' %}");
        CommandRun run = CommandRun.Of("compile", folder["model"], "-t", "tiny", "-o", folder["a.flight"], "--max-length", "32").Succeeds();
        Assert.Contains($"chat_template.jinja:1:4: warning {Codes.ChatTemplateInvalid}: the tag 'import' is not supported", run.Error, StringComparison.Ordinal);
        using Image image = Image.Open(folder["a.flight"]);
        Assert.False(image.Has(SectionNames.Chat));
    }

    [Fact]
    public void The_template_stands_in_the_image_and_among_what_it_was_made_from()
    {
        using Image image = Image.Open(stories.Image);
        Assert.True(image.Has(SectionNames.Chat));
        Assert.Contains(image.Manifest.Inputs, input => input.Name == "chat_template.jinja");
        CommandRun.Of("verify", stories.Image).Succeeds();
    }
}
