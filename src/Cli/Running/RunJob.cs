using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Flightc.Chat;
using Flightc.Checkpoints;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Recipes;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Generation;
using Flightc.Settings;
using Flightc.Targets;
using Flightc.Tokenizers;

namespace Flightc.Cli.Running;

/// <summary>Generates text as a user wishes.</summary>
/// <param name="request">The wishes.</param>
/// <param name="invocation">Output and interruption.</param>
internal sealed class RunJob(RunRequest request, Invocation invocation)
{
    private const int UsualCount = 256;

    private readonly Output _output = invocation.Output;

    /// <summary>Generates, and writes text, ids or JSON.</summary>
    /// <exception cref="CompilationException">The wishes cannot be met.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public void Run()
    {
        RequireSense();
        if (ModelFile.IsImage(request.What))
        {
            Generate(request.What);
            return;
        }

        RequireTokenizer();
        using TemporaryFile image = new("model.flight", invocation);
        CompileResult compiled = new CompileJob(invocation).Run(new CompileRequest(
            request.What, request.Target ?? Target.Default, request.Recipe ?? Recipe.Default, image.FilePath,
            request.MaxLength, Threads: request.Threads ?? -1) { MaxMemory = request.MaxMemory, Cache = request.Cache });
        _output.Report(compiled.Warnings);
        _output.Say($"compiled in {Quantity.Time(compiled.Elapsed)}");
        Generate(image.FilePath);
    }

    /// <summary>The error that text was given to a model without a tokenizer.</summary>
    public static CompilationException NoTokenizer(string what) => new(
        Codes.TokenizerInvalid, "the model has no tokenizer, so it cannot take text", what,
        "give the prompt as ids with --ids, or put the model's tokenizer files beside it and compile again");

    /// <summary>Refuses text for a model that cannot take any before it is compiled, which may take minutes.</summary>
    private void RequireTokenizer()
    {
        if (request.Prompt is null && !request.IsChat)
        {
            return;
        }

        try
        {
            using HuggingFaceCheckpoint checkpoint = ModelFile.Open(request.What, new DiagnosticBag());
            if (Tokenizer.FilesOf(checkpoint.Folder).Count > 0)
            {
                return;
            }
        }
        catch (CompilationException)
        {
            // The compiler tells it together with what is wrong with target and recipe.
            return;
        }

        throw NoTokenizer(request.What);
    }

    /// <summary>Refuses what would be ignored, and what cannot be known.</summary>
    private void RequireSense()
    {
        DiagnosticBag bag = new();
        bool isImage = ModelFile.IsImage(request.What);
        if (isImage && (request.Target ?? request.Recipe ?? request.MaxLength?.ToString(CultureInfo.InvariantCulture)) is not null)
        {
            bag.Error(
                Codes.Usage,
                "target, recipe and length are for models; this is an image, for which they are settled",
                request.What, "leave -t, -r and --max-length out");
        }

        if (isImage && request.MaxMemory is not null)
        {
            bag.Error(Codes.Usage, "--max-memory is for models, which are compiled first; this is an image", request.What, "leave it out");
        }

        if (isImage && request.Cache is not null)
        {
            bag.Error(Codes.Usage, "--cache is for models, which are compiled first; this is an image", request.What, "leave it out");
        }

        if (!isImage && !Path.Exists(request.What))
        {
            bag.Error(Codes.FileNotReadable, "there is no such file or folder", request.What);
        }

        if (!request.IsChat && (request.System is not null || request.Messages is not null || request.Date is not null))
        {
            bag.Error(Codes.Usage, "--system, --messages and --date are for conversations", "", "add --chat");
        }

        if (request is { IsChat: true, Ids: not null })
        {
            bag.Error(Codes.Usage, "a conversation is text; --ids are taken as they are", "", "leave --chat or --ids out");
        }

        if (IsInteractive && _output.IsJson)
        {
            bag.Error(Codes.Usage, "there is no prompt; with --json a conversation is not read line by line", "", "give -p or --messages");
        }

        if (request is { Prompt: not null, Ids: not null })
        {
            bag.Error(Codes.Usage, "the prompt is given twice, as text and as ids", "", "leave -p or --ids out");
        }

        if (request is { Vectors: not null, Device: not DeviceNames.Emulator })
        {
            bag.Error(Codes.Usage, $"--vectors is for the emulator; the device is '{Excerpt.Of(request.Device)}'", "", "leave --vectors or --device out");
        }

        if (!DeviceNames.All.Contains(request.Device))
        {
            bag.Error(
                Codes.Usage,
                $"no device is called '{Excerpt.Of(request.Device)}'{Suggestion.For(request.Device, DeviceNames.All)}",
                "",
                $"the devices are {Excerpt.List(DeviceNames.All)}");
        }

        bag.ThrowIfErrors();
    }

    // Lines of standard input are what a user says, one after the other.
    private bool IsInteractive => request is { IsChat: true, Prompt: null, Messages: null };

    private void Generate(string path)
    {
        using RunnableImage image = new(path);
        if (!request.IsChat)
        {
            int[] prompt = Prompt(image);
            using IDevice plain = image.Loaded.CreateDevice(request.Device, request.Threads, request.Vectors);
            Generate(image, plain, prompt, Options(image), null);
            return;
        }

        ChatPrompt chat = new(request, image);
        GenerationOptions options = Options(image, chat.EndId);
        ChatConversation said = chat.Begin();
        if (IsInteractive)
        {
            Converse(image, chat, said, options);
            return;
        }

        said = request.Prompt is null ? said : said.With("user", Text(request.Prompt));
        (string text, int[] ids) = chat.Encode(said);
        using IDevice device = image.Loaded.CreateDevice(request.Device, request.Threads, request.Vectors);
        Generate(image, device, ids, options, text);
    }

    /// <summary>Answers every line of standard input, with all that was said before.</summary>
    private void Converse(RunnableImage image, ChatPrompt chat, ChatConversation said, GenerationOptions options)
    {
        using IDevice device = image.Loaded.CreateDevice(request.Device, request.Threads, request.Vectors);
        _output.Say("say something; an empty line or the end of the input ends the conversation");
        while (Console.In.ReadLine() is { Length: > 0 } line)
        {
            said = said.With("user", line);
            (string text, int[] ids) = chat.Encode(said);
            GenerationResult result = Generate(image, device, ids, options, text);
            said = said.With("assistant", result.Text);
        }
    }

    private GenerationResult Generate(
        RunnableImage image, IDevice device, int[] prompt, GenerationOptions options, string? promptText)
    {
        long prefillEnd = 0;
        Session session = new(image.Loaded.Program, device)
        {
            Stepped = step =>
            {
                prefillEnd = step.Past + step.Tokens <= prompt.Length ? Stopwatch.GetTimestamp() : prefillEnd;
                invocation.Token.ThrowIfCancellationRequested();
            },
        };
        TokenStream? stream = StreamAfter(prompt, image.Tokenizer);
        Generator generator = new(
            session, options, id => stream?.Push(id) ?? Listed(id), () => stream?.Flush() ?? "");
        long start = Stopwatch.GetTimestamp();
        GenerationResult result = generator.Generate(prompt, _output.IsJson ? null : Write);
        TimeSpan prefill = Stopwatch.GetElapsedTime(start, prefillEnd);
        TimeSpan decode = Stopwatch.GetElapsedTime(prefillEnd);
        Finish(prompt, promptText, result, prefill, decode, hasText: stream is not null);
        return result;
    }

    private void Write(GeneratedPiece piece)
    {
        if (piece.Text.Length > 0)
        {
            _output.Results.Write(piece.Text);
            _output.Results.Flush();
        }
    }

    // Without a tokenizer, ids are the text.
    private static string Listed(int id) => id.ToString(CultureInfo.InvariantCulture) + " ";

    /// <summary>
    /// A stream that continues the prompt: some decoders treat the beginning of a text in their own way.
    /// </summary>
    private static TokenStream? StreamAfter(int[] prompt, Tokenizer? tokenizer)
    {
        TokenStream? stream = tokenizer?.CreateStream();
        foreach (int id in prompt)
        {
            stream?.Push(id);
        }

        return stream;
    }

    private int[] Prompt(RunnableImage image)
    {
        if (request.Ids is not null)
        {
            return [.. request.Ids.Split(',').Select(ParseId)];
        }

        IReadOnlyList<int> begin = image.Tokenizer?.BeginIds is { Count: > 0 } ids
            ? ids
            : image.Defaults.BosTokenId is { } bos
            ? [bos]
            : [];
        if (request.Prompt is null)
        {
            return begin.Count > 0 ? [.. begin] : throw new CompilationException(
                Codes.PromptEmpty, "there is no prompt, and the model has no token that begins a text",
                request.What, "give a prompt with -p or --ids");
        }

        string text = Text(request.Prompt);
        return image.Tokenizer is { } tokenizer
            ? [.. tokenizer.BeginIds, .. tokenizer.Encode(text, addSpecialTokens: false)]
            : throw NoTokenizer(request.What);
    }

    private static string Text(string prompt) => prompt == "-" ? Console.In.ReadToEnd() : prompt;

    private static int ParseId(string text) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            ? id
            : throw new CompilationException(
            Codes.Usage, $"'{Excerpt.Of(text)}' stands in --ids where a token id is wanted", "",
            "give whole numbers with commas between, such as --ids 1,300,12");

    private GenerationOptions Options(RunnableImage image, int? endId = null)
    {
        GenerationDefaults defaults = image.Defaults;
        bool samples = request.Temperature is null && (defaults.Samples || request.TopK is not null || request.TopP is not null || request.Seed is not null);
        double temperature = request.Temperature ?? (samples ? defaults.Temperature ?? 1 : 0);
        SamplingOptions sampling = new(
            temperature, request.TopK ?? defaults.TopK ?? 0, request.TopP ?? defaults.TopP ?? 1,
            (ulong)(request.Seed ?? 0));
        return new GenerationOptions(
            request.Count ?? defaults.MaxNewTokens ?? UsualCount, sampling,
            endId is { } end ? [.. defaults.EosTokenIds.Append(end).Distinct().Order()] : [.. defaults.EosTokenIds],
            request.Stops);
    }

    private void Finish(
        int[] prompt, string? promptText, GenerationResult result, TimeSpan prefill, TimeSpan decode, bool hasText)
    {
        // The first token comes of the prompt's logits; each further one took a step.
        double? rate = result.Ids.Count > 1 && decode > TimeSpan.Zero
            ? (result.Ids.Count - 1) / decode.TotalSeconds
            : null;
        if (_output.IsJson)
        {
            _output.WriteJson(new JsonObject
            {
                ["prompt_text"] = promptText,
                ["prompt_ids"] = Json.Array(prompt, id => id),
                ["ids"] = Json.Array(result.Ids, id => id),
                ["text"] = hasText ? result.Text : null,
                ["stop_reason"] = Word(result.Reason),
                ["stop_string"] = result.StopString,
                ["prompt_tokens"] = prompt.Length,
                ["generated_tokens"] = result.Ids.Count,
                ["device"] = request.Device,
                ["prefill_seconds"] = prefill.TotalSeconds,
                ["decode_seconds"] = decode.TotalSeconds,
                ["decode_tokens_per_second"] = rate,
            });
            return;
        }

        _output.Results.WriteLine();
        _output.Results.Flush();
        string speed = rate is { } r ? $", {Quantity.Real(r, 1)} tokens/s" : "";
        _output.Say(
            $"{prompt.Length} prompt tokens in {Quantity.Time(prefill)}, {result.Ids.Count} generated in {Quantity.Time(decode)}{speed} on the {request.Device}; "
            + $"ended by {Word(result.Reason).Replace('_', ' ')}");
    }

    private static string Word(StopReason reason) => reason switch
    {
        StopReason.EndOfSequence => "end_of_sequence",
        StopReason.StopString => "stop_string",
        StopReason.Length => "length",
        StopReason.Context => "context",
    };
}
