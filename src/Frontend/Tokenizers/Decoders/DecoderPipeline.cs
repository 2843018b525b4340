using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>The decoders of one decoding, in order, each fed by the one before.</summary>
internal sealed class DecoderPipeline(IReadOnlyList<DecoderStage> stages, string location)
{
    // Characters. No honest token is longer; replacements that blow one another up are stopped here.
    private const int MaximumChunk = 1 << 20;

    private readonly StringBuilder _text = new();

    /// <summary>The text that became certain with this token.</summary>
    public string Push(string token)
    {
        Run(0, [TextChunk.Whole(token)]);
        return Take();
    }

    /// <summary>The rest of the text.</summary>
    public string Flush()
    {
        for (int stage = 0; stage < stages.Count; stage++)
        {
            List<TextChunk> output = [];
            stages[stage].Flush(output);
            Run(stage + 1, output);
        }

        return Take();
    }

    private void Run(int firstStage, List<TextChunk> chunks)
    {
        for (int stage = firstStage; stage < stages.Count && chunks.Count > 0; stage++)
        {
            List<TextChunk> output = [];
            foreach (TextChunk chunk in chunks)
            {
                stages[stage].Push(chunk, output);
            }

            CheckGrowth(output);
            chunks = output;
        }

        foreach (TextChunk chunk in chunks)
        {
            _text.Append(chunk.Text);
        }
    }

    private void CheckGrowth(List<TextChunk> chunks)
    {
        foreach (TextChunk chunk in chunks)
        {
            if (chunk.Text.Length > MaximumChunk)
            {
                throw new CompilationException(
                    Codes.TokenizerInvalid,
                    $"the decoders make {chunk.Text.Length} characters of one token, more than {MaximumChunk}",
                    location,
                    "The tokenizer file is damaged or malicious; take it from its source again.");
            }
        }
    }

    private string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}
