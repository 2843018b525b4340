using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Flightc.Tests;

/// <summary>Writes seeded random checkpoints of the LLaMA family in the hub's layout.</summary>
internal sealed record RandomCheckpoint(
    int Hidden, int Intermediate, int Layers, int Heads, int KvHeads, int HeadDim, int Vocabulary, int MaxPositions, bool IsTied = false)
{
    /// <summary>What the random numbers of a tensor are multiplied by; 1 where null.</summary>
    public Func<string, float>? ScaleOf { get; init; }

    /// <summary>Writes config.json and model.safetensors into a new folder and names it.</summary>
    public string Write(ulong seed)
    {
        string folder = Directory.CreateTempSubdirectory("flightc-random-").FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), Config());
        (string Name, int[] Shape)[] tensors = [.. Tensors()];
        StringBuilder header = new("{");
        long offset = 0;
        foreach ((string name, int[] shape) in tensors)
        {
            long bytes = 4L * shape.Aggregate(1, (a, b) => a * b);
            header.Append(CultureInfo.InvariantCulture, $"{(offset == 0 ? "" : ",")}\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{offset + bytes}]}}");
            offset += bytes;
        }

        header.Append('}');
        using FileStream file = File.Create(Path.Combine(folder, "model.safetensors"));
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        file.Write(Encoding.ASCII.GetBytes(header.ToString()));
        RandomNumbers random = new(seed);
        foreach ((string name, int[] shape) in tensors)
        {
            int count = shape.Aggregate(1, (a, b) => a * b);
            byte[] data = new byte[4 * count];
            float scale = shape.Length == 1 ? 0.25f : 1.5f / MathF.Sqrt(shape[1]);
            float factor = ScaleOf?.Invoke(name) ?? 1;
            for (int i = 0; i < count; i++)
            {
                float value = ((shape.Length == 1 ? 1 : 0) + (scale * Normal(random))) * factor;
                BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), value);
            }

            file.Write(data);
        }

        return folder;
    }

    private string Config() => $$"""
        {
          "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
          "vocab_size": {{Vocabulary}}, "hidden_size": {{Hidden}}, "intermediate_size": {{Intermediate}}, "num_hidden_layers": {{Layers}},
          "num_attention_heads": {{Heads}}, "num_key_value_heads": {{KvHeads}}, "head_dim": {{HeadDim}},
          "max_position_embeddings": {{MaxPositions}}, "tie_word_embeddings": {{(IsTied ? "true" : "false")}}, "bos_token_id": 0, "eos_token_id": {{Vocabulary - 1}}
        }
        """;

    private IEnumerable<(string, int[])> Tensors()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        for (int i = 0; i < Layers; i++)
        {
            string layer = $"model.layers.{i}";
            yield return ($"{layer}.input_layernorm.weight", [Hidden]);
            yield return ($"{layer}.self_attn.q_proj.weight", [Heads * HeadDim, Hidden]);
            yield return ($"{layer}.self_attn.k_proj.weight", [KvHeads * HeadDim, Hidden]);
            yield return ($"{layer}.self_attn.v_proj.weight", [KvHeads * HeadDim, Hidden]);
            yield return ($"{layer}.self_attn.o_proj.weight", [Hidden, Heads * HeadDim]);
            yield return ($"{layer}.post_attention_layernorm.weight", [Hidden]);
            yield return ($"{layer}.mlp.gate_proj.weight", [Intermediate, Hidden]);
            yield return ($"{layer}.mlp.up_proj.weight", [Intermediate, Hidden]);
            yield return ($"{layer}.mlp.down_proj.weight", [Hidden, Intermediate]);
        }

        yield return ("model.norm.weight", [Hidden]);
        if (!IsTied)
        {
            yield return ("lm_head.weight", [Vocabulary, Hidden]);
        }
    }

    // The sum of twelve uniform numbers, less six: close enough to a normal distribution.
    private static float Normal(RandomNumbers random)
    {
        float sum = -6;
        for (int i = 0; i < 12; i++)
        {
            sum += (random.Next() >> 40) * (1f / (1 << 24));
        }

        return sum;
    }
}
