using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.IR;

public sealed class GraphTextTests
{
    private const string EveryOperator = """
        graph "every \"operator\" \u00e4" context=512
        input ids: i32[T]
        weight table: bf16[64,32] 4g64 sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  ; from model.embed
        weight norm.weight: f32[32]
        weight square: f16[32,32] 8g32
        weight head: f64[64,32] 2g128  ; from a\u000ab\\c
        weight bias: f32[32]
        weight positions: f32[514,32]
        weight heads.norm: f32[8]
        embed: f32[T,32] = embedding ids, table
        scaled: f32[T,32] = embedding ids, table {scale=5.656854}
        placed: f32[T,32] = add_positions scaled, positions {offset=2}
        first: f32[T,32] = add_positions placed, positions
        centred: f32[T,32] = layer_norm first, norm.weight, bias {epsilon=1e-05}
        plain: f32[T,32] = layer_norm centred, norm.weight {epsilon=1e-05, bias=false}
        biased: f32[T,32] = linear plain, square, bias {bias=true}
        joined: f32[T,32] = linear_add plain, square, bias, biased {bias=true}
        headwise: f32[T,32] = rms_norm joined, heads.norm {epsilon=1e-06, head_dim=8}
        part: f32[T,32] = rotary_embedding headwise {head_dim=8, theta=10000, rotary_dim=6, divisors=1_2.5x2, magnitude=1.25}
        narrow: f32[T,32] = attention part, part, part {heads=4, kv_heads=4, head_dim=8, scale=0.25, window=17, cap=50}
        gelu: f32[T,32] = gelu narrow
        tanh: f32[T,32] = gelu_tanh gelu
        relu: f32[T,32] = relu tanh
        quick: f32[T,32] = quick_gelu relu
        ge: f32[T,32] = geglu quick, gelu
        get: f32[T,32] = geglu_tanh ge, gelu
        re: f32[T,32] = reglu get, gelu
        qe: f32[T,32] = geglu_quick re, gelu
        capped: f32[T,32] = softcap qe {cap=30}
        normed: f32[T,32] = rms_norm embed, norm.weight {epsilon=1e-05}
        product: f32[T,32] = linear normed, square
        turned: f32[T,32] = rotary_embedding product {head_dim=8, theta=10000}
        mixed: f32[T,32] = attention turned, turned, product {heads=4, kv_heads=4, head_dim=8}
        open: f32[T,32] = silu mixed
        gated: f32[T,32] = mul open, mixed
        glu: f32[T,32] = swiglu gated, open
        sum: f32[T,32] = add glu, embed
        codes: i8t[T,32] = quantize sum
        more: f32[T,32] = linear_add codes, square, sum
        q: i8h[T,32] = rotary_quantize more {head_dim=8, theta=500000.5, cache=false}
        k: i8k[T,32] = rotary_quantize more {head_dim=8, theta=500000.5, cache=true}
        v: i8k[T,32] = quantize_heads more {head_dim=8, cache=true}
        again: f32[T,32] = attention q, k, v {heads=4, kv_heads=4, head_dim=8}
        last: i8t[T,32] = rms_norm_quantize again, norm.weight {epsilon=1.1754944e-38}
        logits: f32[T,64] = linear last, head
        return logits

        """;

    [Fact]
    public void A_text_with_every_operator_survives_parsing_and_printing()
    {
        Graph graph = GraphText.Parse(EveryOperator, "every.graph");

        Assert.Equal(EveryOperator, GraphText.Print(graph));
        Assert.Equal(Enum.GetValues<OpKind>(), graph.Nodes.Select(n => n.Op.Kind).Distinct().Order());
        Assert.Equal("a\nb\\c", graph.Weights[3].Source);
        Assert.Equal("every \"operator\" ä", graph.Name);
    }

    [Fact]
    public void Sources_can_be_left_out()
    {
        string text = GraphText.Print(GraphText.Parse(EveryOperator, "every.graph"), sources: false);

        Assert.DoesNotContain(";", text, StringComparison.Ordinal);
        Assert.Equal(text, GraphText.Print(GraphText.Parse(text, "every.graph")));
    }

    [Fact]
    public void Comments_blank_lines_spaces_and_carriage_returns_do_not_matter()
    {
        string loose = EveryOperator.Replace("\n", " ; remark\r\n\r\n; more\r\n", StringComparison.Ordinal)
            .Replace(" = ", "   =\t", StringComparison.Ordinal);

        string sourceless = GraphText.Print(GraphText.Parse(EveryOperator, "a"), sources: false);
        Assert.Equal(sourceless, GraphText.Print(GraphText.Parse(loose, "b"), sources: false));
    }

    [Theory]
    [InlineData("", "1:1", "the text ends before 'return'")]
    [InlineData("input ids: i32[T]", "1:1", "a text begins with 'graph'")]
    [InlineData("graph \"x", "1:7", "the string has no end")]
    [InlineData("graph \"x\\n\" context=1", "1:7", "the string has an escape other than")]
    [InlineData("graph \"\" context=2147483648", "1:18", "a number of tokens is wanted, at most 2147483647")]
    [InlineData("graph \"\" context=-1", "1:18", "a number of tokens is wanted")]
    [InlineData("graph \"\" context=1\ngraph \"\" context=1", "2:1", "a text holds one graph")]
    [InlineData("graph \"\" context=1\ninput a: i32[T]\ninput a: i32[T]", "3:7", "the name 'a' is given twice")]
    [InlineData("graph \"\" context=1\nweight w: f32[99999999999999999999]", "2:15", "T or a size is wanted")]
    [InlineData("graph \"\" context=1\nweight w: q32[1]", "2:11", "no element type is called 'q32'")]
    [InlineData("graph \"\" context=1\nweight w: f32[1", "2:16", "']' is wanted, the end of the line is found")]
    [InlineData("graph \"\" context=1\nweight w: f32[1] 4g", "2:18", "a format such as 4g64")]
    [InlineData("graph \"\" context=1\nweight w: f32[1] sha256:é", "2:25", "64 digits is wanted, '\\u00e9' is found")]
    [InlineData("graph \"\" context=1\nweight w: f32[1]\ninput i: i32[T]", "3:1", "inputs stand before")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = silu y", "3:20", "nothing above defines 'y'")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = silu x", "3:1", "'x' is its own operand")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = galu i", "3:15", "no operator is called 'galu'")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = silu i {a=1}", "3:23", "silu has no attribute 'a'")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = rms_norm i", "3:25", "the attribute 'epsilon' is missing")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = rms_norm i {epsilon=1e999}", "3:27", "'epsilon' is a finite number, not '1e999'")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = rms_norm i {epsilon=NaN}", "3:27", "'epsilon' is a finite number")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = quantize_heads i {head_dim=0, cache=true}", "3:33", "'head_dim' is a whole number from 1, not '0'")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = quantize_heads i {head_dim=1, cache=1}", "3:45", "'cache' is true, false, keys4 or values4, not '1'")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nx: f32[T,1] = silu i {a=1, a=1}", "3:28", "the attribute 'a' is given twice")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nreturn i\nreturn i", "4:1", "nothing follows 'return'")]
    [InlineData("graph \"\" context=1\ninput i: i32[T]\nreturn i i", "3:10", "the end of the line is wanted")]
    public void What_is_wrong_is_said_with_line_and_column(string text, string where, string message)
    {
        CompilationException error = Assert.Throws<CompilationException>(() => GraphText.Parse(text, "t.graph"));

        Diagnostic diagnostic = Assert.Single(error.Diagnostics);
        Assert.Equal(Codes.GraphText, diagnostic.Code);
        Assert.Equal($"t.graph:{where}", diagnostic.Location);
        Assert.Contains(message, diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_text_is_refused_with_a_diagnostic_and_nothing_else()
    {
        Random random = new(1);
        const string Alphabet = "graph input=weight:{},[]\"\\;T0129.-+eE \t\n\ré\0";
        int refused = 0;
        for (int trial = 0; trial < 3000; trial++)
        {
            char[] text = EveryOperator.ToCharArray();
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                text[random.Next(text.Length)] = Alphabet[random.Next(Alphabet.Length)];
            }

            int cut = random.Next(4) == 0 ? random.Next(text.Length) : text.Length;
            try
            {
                Graph graph = GraphText.Parse(new string(text, 0, cut), "fuzz");
                Assert.Equal(GraphText.Print(graph), GraphText.Print(GraphText.Parse(GraphText.Print(graph), "again")));
            }
            catch (CompilationException)
            {
                refused++;
            }
        }

        Assert.True(refused > 1000, $"only {refused} of 3000 damaged texts were refused");
    }
}
