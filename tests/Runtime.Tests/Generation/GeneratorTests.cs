using Flightc.Diagnostics;
using Flightc.Runtime;
using Flightc.Runtime.Generation;

namespace Flightc.Tests;

public sealed class GeneratorTests
{
    // After token n comes n + 1; the text of token n is the n-th letter.
    private const string Letters = "abcdefgh";

    [Fact]
    public void Generation_ends_after_as_many_tokens_as_were_wanted()
    {
        (GenerationResult result, List<GeneratedPiece> pieces, _) = Generate([0, 1], new GenerationOptions(3, new(), [], []));
        Assert.Equal([2, 3, 4], result.Ids);
        Assert.Equal("cde.", result.Text);
        Assert.Equal(StopReason.Length, result.Reason);
        Assert.Equal([new(2, "c"), new(3, "d"), new(4, "e"), new GeneratedPiece(null, ".")], pieces);
    }

    [Fact]
    public void Nothing_is_generated_where_nothing_is_wanted()
    {
        (GenerationResult result, _, Session session) = Generate([0, 1], new GenerationOptions(0, new(), [], []));
        Assert.Empty(result.Ids);
        Assert.Equal(StopReason.Length, result.Reason);
        Assert.Equal(2, session.Position);
    }

    [Fact]
    public void An_end_id_is_chosen_but_has_no_text()
    {
        (GenerationResult result, List<GeneratedPiece> pieces, Session session) = Generate([0], new GenerationOptions(9, new(), [7, 3], []));
        Assert.Equal([1, 2, 3], result.Ids);
        Assert.Equal("bc.", result.Text);
        Assert.Equal(StopReason.EndOfSequence, result.Reason);
        Assert.Contains(new GeneratedPiece(3, ""), pieces);
        Assert.Equal(3, session.Position);
    }

    [Fact]
    public void A_stop_string_across_tokens_is_cut_off()
    {
        (GenerationResult result, List<GeneratedPiece> pieces, _) = Generate([0], new GenerationOptions(9, new(), [], ["de", "cx"]));
        Assert.Equal([1, 2, 3, 4], result.Ids);
        Assert.Equal("bc", result.Text);
        Assert.Equal(StopReason.StopString, result.Reason);
        Assert.Equal("de", result.StopString);
        Assert.Equal([new(1, "b"), new(2, ""), new(3, "c"), new GeneratedPiece(4, "")], pieces);
    }

    [Fact]
    public void What_was_held_back_is_let_go_at_the_end()
    {
        (GenerationResult result, _, _) = Generate([0], new GenerationOptions(2, new(), [], ["bcd"]));
        Assert.Equal("bc.", result.Text);
        Assert.Equal(StopReason.Length, result.Reason);
        (result, _, _) = Generate([0], new GenerationOptions(2, new(), [], ["c."]));
        Assert.Equal("b", result.Text);
        Assert.Equal(StopReason.StopString, result.Reason);
    }

    [Fact]
    public void A_sequence_is_never_longer_than_the_context()
    {
        (GenerationResult result, _, Session session) = Generate([.. new int[60]], new GenerationOptions(100, new(), [], []));
        Assert.Equal(4, result.Ids.Count);
        Assert.Equal(StopReason.Context, result.Reason);
        Assert.Equal(63, session.Position);
        (result, _, _) = Generate([.. new int[64]], new GenerationOptions(100, new(), [], []));
        Assert.Empty(result.Ids);
        Assert.Equal(StopReason.Context, result.Reason);
    }

    [Fact]
    public void Nonsense_is_refused()
    {
        Assert.Equal(Codes.Usage, Assert.Throws<CompilationException>(() => Generate([0], new GenerationOptions(-1, new(), [], []))).Diagnostics[0].Code);
        Assert.Equal(Codes.PromptEmpty, Assert.Throws<CompilationException>(() => Generate([], new GenerationOptions(1, new(), [], []))).Diagnostics[0].Code);
    }

    private static (GenerationResult Result, List<GeneratedPiece> Pieces, Session Session) Generate(int[] prompt, GenerationOptions options)
    {
        using ScriptedDevice device = new(seen => [.. Enumerable.Range(0, 8).Select(i => i == (seen[^1] + 1) % 8 ? 5f : 0f)]);
        Session session = new(device.Program, device);
        List<GeneratedPiece> pieces = [];
        Generator generator = new(session, options, id => Letters[id].ToString(), () => ".");
        GenerationResult result = generator.Generate(prompt, pieces.Add);
        Assert.Equal(result.Text, string.Concat(pieces.Select(p => p.Text)));
        Assert.Equal(result.Ids, pieces.Where(p => p.Id is not null).Select(p => p.Id!.Value));
        return (result, pieces, session);
    }
}
