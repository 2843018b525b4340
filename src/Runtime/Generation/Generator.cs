using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Runtime.Generation;

/// <summary>Continues a text token by token.</summary>
public sealed class Generator
{
    private readonly Session _session;
    private readonly GenerationOptions _options;
    private readonly Sampler _sampler;
    private readonly Func<int, string> _push;
    private readonly Func<string> _flush;

    /// <summary>Prepares to generate.</summary>
    /// <param name="session">What computes the logits.</param>
    /// <param name="options">What is wanted. The sampler's random numbers go on over all calls of
    /// <see cref="Generate"/>.</param>
    /// <param name="push">The text that an id makes certain, such as a tokenizer's stream gives; never called
    /// for an id that ends the text.</param>
    /// <param name="flush">The rest of that text at the end. The next <paramref name="push"/> begins another
    /// text.</param>
    /// <exception cref="CompilationException">An option makes no sense (FLC9001).</exception>
    public Generator(Session session, GenerationOptions options, Func<int, string> push, Func<string> flush)
    {
        if (options.MaxNewTokens < 0)
        {
            throw new CompilationException(
                Codes.Usage, $"{options.MaxNewTokens} tokens are to be generated; 0 or more are wanted");
        }

        _session = session;
        _options = options;
        _sampler = new Sampler(options.Sampling);
        _push = push;
        _flush = flush;
    }

    /// <summary>Gives the session a prompt and generates what follows.</summary>
    /// <param name="prompt">At least one id.</param>
    /// <param name="onPiece">Gets every piece as soon as it is certain; may be null. Their texts joined are
    /// the text of the result.</param>
    /// <remarks>A sequence, generated tokens included, is never longer than the context.</remarks>
    /// <exception cref="CompilationException">As <see cref="Session.Prefill"/>.</exception>
    public GenerationResult Generate(ReadOnlySpan<int> prompt, Action<GeneratedPiece>? onPiece = null)
    {
        StopText stop = new(_options.StopStrings);
        StringBuilder text = new();
        List<int> ids = [];
        ReadOnlySpan<float> logits = _session.Prefill(prompt);
        StopReason? reason = Exhausted(ids.Count, pending: 0);
        while (reason is null)
        {
            int id = _sampler.Next(logits);
            ids.Add(id);
            bool ends = _options.EndIds.Contains(id);
            Emit(id, ends ? "" : stop.Push(_push(id)));
            reason = ends ? StopReason.EndOfSequence
                : stop.Reached is not null ? StopReason.StopString
                : Exhausted(ids.Count, pending: 1);
            if (reason is null)
            {
                logits = _session.Decode(id);
            }
        }

        string rest = stop.Push(_flush()) + stop.Flush();
        if (rest.Length > 0)
        {
            Emit(null, rest);
        }

        return new GenerationResult(
            ids, text.ToString(), stop.Reached is null ? reason.Value : StopReason.StopString, stop.Reached);

        void Emit(int? id, string piece)
        {
            text.Append(piece);
            onPiece?.Invoke(new GeneratedPiece(id, piece));
        }
    }

    private StopReason? Exhausted(int generated, int pending) =>
        generated >= _options.MaxNewTokens ? StopReason.Length
        : _session.Position + pending >= _session.ContextLength ? StopReason.Context
        : null;
}
