using System.Text.Json.Nodes;

namespace Flightc.Tests;

/// <summary>The sizes that a configuration gives a model, whatever its family calls them.</summary>
/// <param name="config">What config.json says.</param>
internal sealed class ModelSizes(JsonObject config)
{
    // Families whose reference implementation ties the head unless told otherwise.
    private static readonly string[] TiedByDefault = ["gemma", "gemma2", "gemma3", "gemma3_text", "gpt2", "opt", "smollm3", "starcoder2"];

    // A model that sees has the sizes of its language model in an object of their own.
    private readonly JsonObject _text = config["text_config"]?.AsObject() ?? config;

    /// <summary>The family: <c>model_type</c>.</summary>
    public string Type => config["model_type"]?.GetValue<string>() ?? throw new ArgumentException("the configuration has no model_type", nameof(config));

    /// <summary>Rows of the embedding.</summary>
    public int Vocabulary => Size("vocab_size");

    /// <summary>Columns of the embedding.</summary>
    public int Hidden => Size("hidden_size", "n_embd");

    /// <summary>Columns of the last matrix of a layer.</summary>
    public int Intermediate => OptionalSize("intermediate_size", "ffn_dim", "n_inner") ?? 4 * Hidden;

    /// <summary>Layers.</summary>
    public int Layers => Size("num_hidden_layers", "n_layer");

    /// <summary>Positions that can be told apart.</summary>
    public int Positions => Size("max_position_embeddings", "n_positions");

    /// <summary>Numbers of a head.</summary>
    public int HeadSize => OptionalSize("head_dim") ?? Hidden / Heads;

    /// <summary>Rows of the matrix that makes queries.</summary>
    public int Queries => Heads * HeadSize;

    /// <summary>Rows of the matrix that makes keys, or values.</summary>
    public int Keys => (OptionalSize("num_key_value_heads") ?? Heads) * HeadSize;

    /// <summary>Whether the embedding is the head.</summary>
    public bool IsTied => _text["tie_word_embeddings"]?.GetValue<bool>() ?? TiedByDefault.Contains(Type);

    private int Heads => Size("num_attention_heads", "n_head");

    /// <summary>Whether a key is there and true.</summary>
    public bool Has(string key) => _text[key]?.GetValue<bool>() ?? false;

    private int Size(params ReadOnlySpan<string> keys) =>
        OptionalSize(keys) ?? throw new ArgumentException($"the configuration has no {string.Join(" or ", keys)}", nameof(keys));

    private int? OptionalSize(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (_text[key] is JsonNode size)
            {
                return size.GetValue<int>();
            }
        }

        return null;
    }
}
