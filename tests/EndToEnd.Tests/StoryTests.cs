using Flightc.IR;
using Flightc.Reference;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Evaluation;
using Flightc.Runtime.Generation;
using Flightc.Texts;
using Flightc.Tokenizers;

namespace Flightc.Tests;

/// <summary>Text from the sample checkpoint, through session, generator and evaluator.</summary>
public sealed class StoryTests : IDisposable
{
    private const int NewTokens = 40;

    private readonly CompiledModel _model = new(TestData.Stories, SharedModel.U280, new QuantizedFormat(4, 32), new QuantizedFormat(8, 64));
    private readonly Tokenizer _tokenizer = Tokenizer.Load(TestData.Stories);

    [Theory]
    [InlineData("interpreter")]
    [InlineData("emulator")]
    public void A_greedy_story_is_that_of_the_graph_interpreter(string device)
    {
        int[] prompt = _tokenizer.Encode("once upon a time, there was a little", addSpecialTokens: true);
        QuantizedInterpreter interpreter = new(_model.Quantized, _model.Weights, _model.Matrices);
        List<int> expected = [];
        for (int[] next = prompt; expected.Count < NewTokens; next = [expected[^1]])
        {
            expected.Add(Sampler.Greedy(interpreter.Run(next, allLogits: false)[0]));
        }

        GenerationResult story = Generate(device, prompt, new GenerationOptions(NewTokens, new SamplingOptions(), [], []));
        Assert.Equal(expected, story.Ids);
        Assert.Equal(_tokenizer.Decode([.. expected]), story.Text);
        Assert.Equal(StopReason.Length, story.Reason);
    }

    [Fact]
    public void A_seed_gives_the_same_story_on_every_device()
    {
        int[] prompt = _tokenizer.Encode("one day");
        GenerationOptions options = new(NewTokens, new SamplingOptions(0.9, TopK: 50, TopP: 0.9, Seed: 7), [], []);
        GenerationResult story = Generate("emulator", prompt, options);
        Assert.Equal(story.Ids, Generate("interpreter", prompt, options).Ids);
        Assert.NotEqual(story.Ids, Generate("emulator", prompt, options with { Sampling = options.Sampling with { Seed = 8 } }).Ids);
    }

    [Fact]
    public void A_story_ends_before_a_stop_string()
    {
        int[] prompt = _tokenizer.Encode("once upon a time");
        string whole = Generate("emulator", prompt, new GenerationOptions(NewTokens, new SamplingOptions(), [], [])).Text;
        string stop = whole.Substring(whole.Length / 2, 7);
        GenerationResult story = Generate("emulator", prompt, new GenerationOptions(NewTokens, new SamplingOptions(), [], [stop]));
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], story.Text);
        Assert.Equal((StopReason.StopString, stop), (story.Reason, story.StopString));
    }

    [Fact]
    public void Quantisation_is_all_that_an_evaluation_finds()
    {
        string[] texts = ["once upon a time, there was a little girl. she liked to play with her ball. one day, she went to the park.", "one day, a little boy found a red car. he was so happy."];
        EvaluationRecord[] records = [.. texts.Select(t => new EvaluationRecord(_tokenizer.Encode(t), "text"))];
        EvaluationProtocol protocol = new(null, _tokenizer.BeginIds, 16);

        FloatExecutor executor = new(_model.Float, _model.Weights);
        FloatSequence sequence = executor.NewSequence();
        LogitsSource floats = Rows("float", () => sequence = executor.NewSequence(), ids => executor.Run(sequence, ids));
        QuantizedInterpreter interpreter = new(_model.Quantized, _model.Weights, _model.Matrices);
        LogitsSource quantized = Rows("quantised", interpreter.Reset, ids => interpreter.Run(ids));

        using DeviceMemory memory = _model.NewMemory();
        using IDevice device = DeviceNames.Create("emulator", _model.Program, memory, 2);
        LogitsSource compiled = LogitsSource.Of("compiled", new Session(_model.Program, device));

        EvaluationResult same = new Evaluator(protocol, [compiled], quantized).Run(records)[0];
        Assert.Equal(0, same.Comparison!.PerplexityDelta);
        Assert.Equal(0, same.Comparison.KlMean);
        Assert.Equal(1, same.Comparison.Top1Agreement);

        EvaluationResult result = new Evaluator(protocol, [compiled], floats).Run(records)[0];
        Assert.Equal(records.Sum(r => r.Ids.Length - r.Ids.Chunk(16).Count()), result.Tokens);
        Assert.InRange(result.Perplexity, 1.5, 30);
        Assert.InRange(result.Comparison!.KlMean, 1e-4, 0.2);
        Assert.InRange(result.Comparison.Top1Agreement, 0.7, 1);
        Assert.InRange(Math.Abs(result.Comparison.PerplexityDelta), 0, 0.3);
    }

    [Fact]
    public void Four_bits_cost_what_was_measured_of_them()
    {
        string path = TestData.Wider("text", "stories-valid.jsonl");
        IEnumerable<EvaluationRecord> records = TextRecords.Read(path).Select(r => new EvaluationRecord(r.Encode(_tokenizer), r.Location));
        EvaluationProtocol protocol = new(30, _tokenizer.BeginIds, 512);
        FloatExecutor executor = new(_model.Float, _model.Weights);
        FloatSequence sequence = executor.NewSequence();
        LogitsSource floats = Rows("float", () => sequence = executor.NewSequence(), ids => executor.Run(sequence, ids));
        using DeviceMemory memory = _model.NewMemory();
        using IDevice device = DeviceNames.Create("emulator", _model.Program, memory, 2);
        EvaluationResult result = new Evaluator(protocol, [LogitsSource.Of("w4", new Session(_model.Program, device))], floats).Run(records)[0];

        // Over all 214 stories, round-to-nearest in groups of 32 with an 8-bit head has a KL of 0.0088 nats.
        Assert.Equal((30, "record"), (result.Records, result.Comparison!.Clusters));
        Assert.InRange(result.Comparison.KlMean, 0.007, 0.013);
        Assert.InRange(result.Comparison.KlSe!.Value, 1e-5, 1e-3);
        Assert.InRange(result.Comparison.PerplexityDelta, -3 * result.Comparison.PerplexityDeltaSe!.Value, 0.03);
        Assert.InRange(result.Comparison.Top1Agreement, 0.92, 0.97);
    }

    public void Dispose() => _model.Dispose();

    private LogitsSource Rows(string name, Action begin, Func<int[], float[][]> run) => new(
        name, _model.Program.Memory.VocabularySize, _model.Program.Memory.ContextLength, begin,
        (ids, onLogits) =>
        {
            float[][] rows = run(ids.ToArray());
            for (int i = 0; i < rows.Length; i++)
            {
                onLogits(i, rows[i]);
            }
        });

    private GenerationResult Generate(string deviceName, int[] prompt, GenerationOptions options)
    {
        using DeviceMemory memory = _model.NewMemory();
        using IDevice device = DeviceNames.Create(deviceName, _model.Program, memory, 2);
        TokenStream stream = _tokenizer.CreateStream();
        return new Generator(new Session(_model.Program, device), options, stream.Push, stream.Flush).Generate(prompt);
    }
}
