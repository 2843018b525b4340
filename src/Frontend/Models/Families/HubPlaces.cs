namespace Flightc.Models;

/// <summary>Where checkpoints with LLaMA's module names keep their weights; families change single entries.</summary>
internal static class HubPlaces
{
    /// <summary>A copy of the table, to be changed.</summary>
    public static Dictionary<string, TensorPlace> Llama() => new(StringComparer.Ordinal)
    {
        ["embed"] = "embed_tokens",
        ["layers.N.attn.norm"] = "layers.N.input_layernorm",
        ["layers.N.attn.q"] = "layers.N.self_attn.q_proj",
        ["layers.N.attn.k"] = "layers.N.self_attn.k_proj",
        ["layers.N.attn.v"] = "layers.N.self_attn.v_proj",
        ["layers.N.attn.q.norm"] = "layers.N.self_attn.q_norm",
        ["layers.N.attn.k.norm"] = "layers.N.self_attn.k_norm",
        ["layers.N.attn.o"] = "layers.N.self_attn.o_proj",
        ["layers.N.mlp.norm"] = "layers.N.post_attention_layernorm",
        ["layers.N.mlp.gate"] = "layers.N.mlp.gate_proj",
        ["layers.N.mlp.up"] = "layers.N.mlp.up_proj",
        ["layers.N.mlp.down"] = "layers.N.mlp.down_proj",
        ["norm"] = "norm",
        ["head"] = new TensorPlace("lm_head", IsOutside: true),
    };

    /// <summary>Puts weights that are rows of one tensor in their places, one behind the other.</summary>
    /// <param name="places">Receives them.</param>
    /// <param name="stem">The tensor.</param>
    /// <param name="transform">What else is done to it.</param>
    /// <param name="parts">Operations, with the rows of each.</param>
    public static void Fuse(
        Dictionary<string, TensorPlace> places, string stem, TensorTransform transform, params ReadOnlySpan<(string Operation, long Rows)> parts)
    {
        long total = 0;
        foreach ((_, long rows) in parts)
        {
            total += rows;
        }

        long first = 0;
        foreach ((string operation, long rows) in parts)
        {
            places[operation] = new TensorPlace(stem, transform with { FirstRow = first, TotalRows = total });
            first += rows;
        }
    }

    /// <summary>Changes how a weight is made of its tensor.</summary>
    public static void Transform(Dictionary<string, TensorPlace> places, string operation, TensorTransform transform) =>
        places[operation] = places[operation] with { Transform = transform };
}
