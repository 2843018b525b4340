using Flightc.Chat;
using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Cli.Running;

/// <summary>Brings what a user says into the form that a model was trained on.</summary>
/// <param name="request">The wishes.</param>
/// <param name="image">Holds the model's chat template.</param>
internal sealed class ChatPrompt(RunRequest request, RunnableImage image)
{
    private readonly ChatDefinition _chat = image.Chat ?? throw new CompilationException(
        Codes.ChatTemplateInvalid, "the model has no chat template, so it cannot take a conversation", request.What,
        "give the prompt in the model's own form with -p; a template in chat_template.jinja beside the model is compiled into the image");

    private readonly Tokenizer _tokenizer = image.Tokenizer ?? throw RunJob.NoTokenizer(request.What);

    /// <summary>
    /// The id of the token that ends a sequence by the tokenizer's account; null where it has none. Models for
    /// conversations end an answer with it, whatever the generation defaults of their base model say.
    /// </summary>
    public int? EndId =>
        _chat.SpecialTokens.TryGetValue("eos_token", out string? token) ? _tokenizer.IdOf(token) : null;

    /// <summary>What is said before the user's first words: the file of messages, and the system message.</summary>
    /// <exception cref="CompilationException">FLC1001, FLC1304.</exception>
    public ChatConversation Begin()
    {
        ChatConversation said = request.Messages is { } file ? ConversationFile.Read(file) : ChatConversation.Of();
        return request.System is { } system ? said.With("system", system, isFirst: true) : said;
    }

    /// <summary>The text and the ids of a conversation up to where the model is to answer.</summary>
    /// <exception cref="CompilationException">FLC1303, FLC1304.</exception>
    public (string Text, int[] Ids) Encode(ChatConversation conversation)
    {
        string text = _chat.Render(conversation, request.Date);
        // The template has written what begins a sequence where the model wants it.
        int[] ids = _tokenizer.Encode(text, addSpecialTokens: false);
        return ids.Length > 0 ? (text, ids) : throw new CompilationException(
            Codes.PromptEmpty, "the chat template makes no text of the conversation", request.What);
    }
}
