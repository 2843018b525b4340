using System.Text.Json.Nodes;

namespace Flightc.Tests.Families;

/// <summary>The pieces that publications describe decoders with, composed of elementary ONNX operators, for a fixed number of tokens.</summary>
/// <remarks>Shares nothing with the product: tensors, names, configurations and formulas are read here anew.</remarks>
internal sealed class PublishedDecoder(string folder, int tokens)
{
    private readonly CheckpointFloats _checkpoint = new(folder);

    public OnnxComposer Onnx { get; } = new();

    public JsonObject Config => _checkpoint.Config;

    /// <summary>A number of the configuration.</summary>
    public int this[string key] => Config[key]!.GetValue<int>();

    public double Number(string key) => Config[key]!.GetValue<double>();

    /// <summary>Rows of a table for the tokens.</summary>
    public string Embedding(string tensor) => Onnx.Gather(Tensor(tensor), "ids");

    /// <summary>Rows of a table of positions, from a row on.</summary>
    public string Positions(string tensor, int first) =>
        Onnx.Gather(Tensor(tensor), Onnx.Longs([.. Enumerable.Range(first, tokens).Select(i => (long)i)]));

    /// <summary>A tensor as it is stored.</summary>
    public string Tensor(string name) => Onnx.Floats(_checkpoint[name].Values, _checkpoint[name].Shape);

    /// <summary><c>x Wᵀ + b</c>, with b where the checkpoint has one.</summary>
    public string Linear(string x, string stem)
    {
        string product = Onnx.MatMul(x, Onnx.Transpose(Tensor($"{stem}.weight"), 1, 0));
        return _checkpoint.Has($"{stem}.bias") ? Onnx.Add(product, Tensor($"{stem}.bias")) : product;
    }

    /// <summary><c>x W + b</c>: what GPT-2 calls a convolution.</summary>
    public string Convolution(string x, string stem) => Onnx.Add(Onnx.MatMul(x, Tensor($"{stem}.weight")), Tensor($"{stem}.bias"));

    /// <summary><c>x ÷ √(mean x² + ε) · (offset + w)</c> over the last axis.</summary>
    public string RmsNorm(string x, string stem, double epsilon, double offset = 0)
    {
        string mean = Onnx.Mean(Onnx.Mul(x, x));
        string normed = Onnx.Div(x, Onnx.Unary("Sqrt", Onnx.Add(mean, Onnx.Scalar(epsilon))));
        return Onnx.Mul(normed, Onnx.Add(Tensor($"{stem}.weight"), Onnx.Scalar(offset)));
    }

    /// <summary><c>(x - mean) ÷ √(variance + ε) · w + b</c> over the last axis.</summary>
    public string LayerNorm(string x, string stem, double epsilon)
    {
        string centred = Onnx.Sub(x, Onnx.Mean(x));
        string variance = Onnx.Mean(Onnx.Mul(centred, centred));
        string normed = Onnx.Div(centred, Onnx.Unary("Sqrt", Onnx.Add(variance, Onnx.Scalar(epsilon))));
        return Onnx.Add(Onnx.Mul(normed, Tensor($"{stem}.weight")), Tensor($"{stem}.bias"));
    }

    /// <summary>[T, heads · d] as [heads, T, d].</summary>
    public string Heads(string x, int heads) => Onnx.Transpose(Onnx.Reshape(x, tokens, heads, -1), 1, 0, 2);

    /// <summary>Turns the first elements of every head, [heads, T, d]: <c>x · cos + rotate_half(x) · sin</c>.</summary>
    /// <param name="x">Heads.</param>
    /// <param name="headDim">d.</param>
    /// <param name="frequencies">By pair.</param>
    /// <param name="magnitude">What cosines and sines are multiplied by.</param>
    public string Rotary(string x, int headDim, double[] frequencies, double magnitude = 1)
    {
        int half = frequencies.Length;
        float[] cos = new float[tokens * 2 * half], sin = new float[tokens * 2 * half];
        for (int t = 0; t < tokens; t++)
        {
            for (int i = 0; i < 2 * half; i++)
            {
                (double sine, double cosine) = Math.SinCos(t * frequencies[i % half]);
                cos[(t * 2 * half) + i] = (float)(magnitude * cosine);
                sin[(t * 2 * half) + i] = (float)(magnitude * sine);
            }
        }

        string turned = 2 * half == headDim ? x : Onnx.Slice(x, 0, 2 * half);
        string rotated = Onnx.Concat(Onnx.Unary("Neg", Onnx.Slice(turned, half, 2 * half)), Onnx.Slice(turned, 0, half));
        string result = Onnx.Add(Onnx.Mul(turned, Onnx.Floats(cos, tokens, 2 * half)), Onnx.Mul(rotated, Onnx.Floats(sin, tokens, 2 * half)));
        return 2 * half == headDim ? result : Onnx.Concat(result, Onnx.Slice(x, 2 * half, headDim));
    }

    /// <summary>Causal attention of [heads, T, d], as [T, heads · d].</summary>
    /// <param name="q">Queries.</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="heads">Heads of queries.</param>
    /// <param name="kvHeads">Heads of keys and values.</param>
    /// <param name="scale">Of scores.</param>
    /// <param name="window">Keys a token sees; 0 for all.</param>
    /// <param name="cap">Of scaled scores; 0 for none.</param>
    public string Attention(string q, string k, string v, int heads, int kvHeads, double scale, int window = 0, double cap = 0)
    {
        // Repeats every head of keys and values for its group of queries.
        string repeat = Onnx.Longs([.. Enumerable.Range(0, heads).Select(head => (long)(head / (heads / kvHeads)))]);
        string keys = Onnx.Transpose(Onnx.Gather(k, repeat), 0, 2, 1);
        string scores = Onnx.Mul(Onnx.MatMul(q, keys), scale);
        if (cap > 0)
        {
            scores = SoftCap(scores, cap);
        }

        float[] mask = new float[tokens * tokens];
        for (int query = 0; query < tokens; query++)
        {
            for (int key = 0; key < tokens; key++)
            {
                bool isSeen = key <= query && (window == 0 || key > query - window);
                mask[(query * tokens) + key] = isSeen ? 0 : -3.4e38f;
            }
        }

        string weights = Onnx.Softmax(Onnx.Add(scores, Onnx.Floats(mask, tokens, tokens)));
        string mixed = Onnx.MatMul(weights, Onnx.Gather(v, repeat));
        return Onnx.Reshape(Onnx.Transpose(mixed, 1, 0, 2), tokens, -1);
    }

    public string SoftCap(string x, double cap) => Onnx.Mul(Onnx.Unary("Tanh", Onnx.Mul(x, 1 / cap)), cap);

    /// <summary><c>x · σ(x)</c>.</summary>
    public string Silu(string x) => Onnx.Mul(x, Onnx.Unary("Sigmoid", x));

    /// <summary><c>x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))</c>.</summary>
    public string GeluTanh(string x)
    {
        string cube = Onnx.Mul(Onnx.Mul(x, x), x);
        string inner = Onnx.Mul(Onnx.Add(x, Onnx.Mul(cube, 0.044715)), Math.Sqrt(2 / Math.PI));
        return Onnx.Mul(Onnx.Mul(x, 0.5), Onnx.Add(Onnx.Unary("Tanh", inner), Onnx.Scalar(1)));
    }

    /// <summary>Logits of a head that is this tensor, (vocabulary, hidden).</summary>
    public string Head(string x, string tensor) => Onnx.MatMul(x, Onnx.Transpose(Tensor(tensor), 1, 0));

    /// <summary>The finished model.</summary>
    public byte[] Build(string logits, int vocabulary) => Onnx.Build(logits, tokens, vocabulary);
}
