using BenchmarkDotNet.Attributes;
using Flightc.Tokenizers;

namespace Flightc.Benchmarks;

/// <summary>The tokenizer of the sample model on the records of its text.</summary>
public class TokenizerBenchmarks
{
    private Tokenizer? _tokenizer;
    private string _text = "";
    private int[] _ids = [];

    /// <summary>Reads both.</summary>
    [GlobalSetup]
    public void Load()
    {
        _tokenizer = Tokenizer.Load(SourceTree.At("samples", "stories", "tokenizer.json"));
        _text = File.ReadAllText(SourceTree.At("samples", "stories", "texts.jsonl"));
        _ids = _tokenizer.Encode(_text);
    }

    /// <summary>From the file to a tokenizer.</summary>
    [Benchmark]
    public Tokenizer Open() => Tokenizer.Load(SourceTree.At("samples", "stories", "tokenizer.json"));

    /// <summary>Text to ids.</summary>
    [Benchmark]
    public int[] Encode() => _tokenizer!.Encode(_text);

    /// <summary>Ids to text.</summary>
    [Benchmark]
    public string Decode() => _tokenizer!.Decode(_ids);
}
