using System.CommandLine;
using System.Globalization;
using Flightc.Cli.Running;
using Flightc.Diagnostics;
using Flightc.Runtime;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc run</c></summary>
internal sealed class RunCommand : CommandDefinition
{
    private readonly Argument<string> _what = new("MODEL|IMAGE") { Description = "A compiled .flight file, or a model, which is then compiled first" };
    private readonly Option<string> _target = Declarations.Target(required: false);
    private readonly Option<string> _recipe = Declarations.Recipe();
    private readonly Option<int?> _maxLength = Declarations.MaxLength();
    private readonly Option<string> _prompt = Declarations.Text(
        "--prompt", "TEXT",
        "The text to continue; '-' reads it from standard input. Without a prompt the model begins a text of its own",
        false, "-p");
    private readonly Option<string> _ids = Declarations.Text(
        "--ids", "1,2,3", "The prompt as token ids, taken as they are");
    private readonly Option<bool> _chat = new("--chat")
    {
        Description = "Take the prompt as what a user says to a model for conversations, in the form of the model's chat template; without a prompt every line of standard input is answered",
    };

    private readonly Option<string> _system = Declarations.Text(
        "--system", "TEXT", "With --chat: what the model is told before the conversation");
    private readonly Option<string> _messages = Declarations.Text(
        "--messages", "FILE", "With --chat: a conversation as JSON, such as [{\"role\": \"user\", \"content\": \"Hello\"}]; a prompt goes behind it");
    private readonly Option<string> _date = Declarations.Text(
        "--date", "YYYY-MM-DD", "With --chat: the date for templates that tell it to the model; without it they see none");
    private readonly Option<int?> _count = Declarations.Whole(
        "--tokens", "N",
        "The most tokens to generate; where it is left out, what the model's generation_config.json says, or 256",
        0, "-n");
    private readonly Option<double?> _temperature = Declarations.Real(
        "--temperature", "T",
        "How freely to choose; 0 takes the likeliest token. 0 unless the model's generation_config.json says otherwise",
        t => t >= 0, "a number from 0");
    private readonly Option<int?> _topK = Declarations.Whole(
        "--top-k", "K", "Choose among this many likeliest tokens; 0 for all", 0);
    private readonly Option<double?> _topP = Declarations.Real(
        "--top-p", "P", "Choose among the likeliest tokens that reach this share of probability",
        p => p is > 0 and <= 1, "a number above 0 and at most 1");
    private readonly Option<long?> _seed = Declarations.Seed();
    private readonly Option<string[]> _stops = new("--stop") { HelpName = "STRING", Description = "Stop before this text; can be given several times", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _device = Declarations.Text(
        "--device", "NAME",
        $"What executes the image: {string.Join(" or ", DeviceNames.All)}; {DeviceNames.Emulator} where it is left out");
    private readonly Option<string> _vectors = Declarations.Vectors();
    private readonly Option<int?> _threads = Declarations.Threads();
    private readonly Option<long?> _memory = Declarations.MaxMemory();
    private readonly CacheOptions _cache = new();

    /// <inheritdoc/>
    public override string Details =>
        "What is generated goes to standard output as it comes; the prompt is not repeated. The same seed gives the same text on every machine and on every device.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc run stories.flight -p \"once upon a time\"", "the likeliest continuation"),
        ("flightc run stories.flight -p \"once upon a time\" --temperature 0.8 --top-p 0.95 --seed 7", "another one"),
        ("flightc run samples/stories -t tiny -r w8 -n 50", "compile for a small machine and run that"),
        ("flightc run stories.flight --ids 1,300,12 --json", "ids in, ids out"),
        ("flightc run assistant.flight --chat -p \"Why is the sky blue?\"", "one question to a model for conversations"),
        ("flightc run assistant.flight --chat --system \"Be brief.\"", "a conversation: a line, its answer, the next line"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_what);
        command.Add(_prompt);
        command.Add(_ids);
        command.Add(_chat);
        command.Add(_system);
        command.Add(_messages);
        command.Add(_date);
        command.Add(_count);
        command.Add(_temperature);
        command.Add(_topK);
        command.Add(_topP);
        command.Add(_seed);
        command.Add(_stops);
        command.Add(_device);
        command.Add(_target);
        command.Add(_recipe);
        command.Add(_maxLength);
        command.Add(_vectors);
        command.Add(_threads);
        command.Add(_memory);
        _cache.Declare(command);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        RunRequest request = new(
            arguments.GetRequiredValue(_what), arguments.GetValue(_target),
            arguments.GetResult(_recipe) is { Implicit: false } ? arguments.GetValue(_recipe) : null,
            arguments.GetValue(_maxLength), arguments.GetValue(_prompt), arguments.GetValue(_ids),
            arguments.GetValue(_count), arguments.GetValue(_temperature),
            arguments.GetValue(_topK), arguments.GetValue(_topP), arguments.GetValue(_seed),
            arguments.GetValue(_stops) ?? [],
            arguments.GetValue(_device) ?? DeviceNames.Emulator, arguments.GetValue(_threads))
        {
            MaxMemory = arguments.GetValue(_memory),
            Cache = _cache.Read(arguments),
            IsChat = arguments.GetValue(_chat),
            System = arguments.GetValue(_system),
            Messages = arguments.GetValue(_messages),
            Vectors = Declarations.ParseVectors(arguments.GetValue(_vectors)),
            Date = arguments.GetValue(_date) is { } date ? ParseDate(date) : null,
        };
        new RunJob(request, invocation).Run();
        return ExitCode.Success;
    }

    private static DateTime ParseDate(string text) =>
        DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date)
            ? date
            : throw new CompilationException(
                Codes.Usage, $"'{Excerpt.Of(text)}' stands in --date where a date is wanted", "",
                "give year, month and day, such as --date 2025-03-01");
}
