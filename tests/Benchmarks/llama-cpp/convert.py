#!/usr/bin/env python3
"""Writes a checkpoint of the LLaMA or GPT-2 architecture as a GGUF file of F32, bit for bit, for llama.cpp.

    PYTHONPATH=$LLAMA_CPP/gguf-py convert.py MODEL-FOLDER OUTPUT.gguf

The file has no vocabulary: the programs here feed token ids. F32 also where the checkpoint is BF16, since
llama.cpp rounds activations to BF16 in products with weights of BF16, and the reference must not.
"""
import json
import os
import sys

import gguf
import numpy as np

# The halves of BF16 are the upper ones of binary32.
READERS = {
    "F32": lambda data: np.frombuffer(data, "<f4"),
    "F16": lambda data: np.frombuffer(data, "<f2").astype(np.float32),
    "BF16": lambda data: (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32),
}

LAYER_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


GPT2_NAMES = {
    "ln_1": "attn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}

# Masks that old exports stored.
GPT2_BUFFERS = ("attn.bias", "attn.masked_bias")


def read_safetensors(path):
    """Name -> array of binary32."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        name: READERS[entry["dtype"]](data[slice(*entry["data_offsets"])]).reshape(entry["shape"])
        for name, entry in header.items()
    }


def interleave(weight, heads):
    """Rows of Q and K in the order of llama.cpp, which rotates neighbours where checkpoints rotate halves.

    Shape [heads x 2 x half, inputs] -> [heads x half x 2, inputs].
    """
    rows, inputs = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, inputs).swapaxes(1, 2).reshape(rows, inputs)


def convert(folder, output):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    tensors = read_safetensors(os.path.join(folder, "model.safetensors"))
    writer = convert_gpt2(folder, config, tensors, output) if config["model_type"] == "gpt2" \
        else convert_llama(folder, config, tensors, output)
    if tensors:
        sys.exit(f"error: {folder} has tensors that are not understood: {', '.join(sorted(tensors))}")

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def convert_gpt2(folder, config, tensors, output):
    if not config.get("tie_word_embeddings", True) or config["activation_function"] not in ("gelu_new", "gelu_pytorch_tanh"):
        sys.exit(f"error: {folder} is not a GPT-2 with a tied head and the tanh form of GELU")

    for name in list(tensors):
        plain = name.removeprefix("transformer.")
        if not plain.endswith(GPT2_BUFFERS) or plain.endswith("c_attn.bias"):
            tensors[plain] = tensors[name]
        if plain != name or plain.endswith(GPT2_BUFFERS) and not plain.endswith("c_attn.bias"):
            del tensors[name]
    writer = gguf.GGUFWriter(output, "gpt2")
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_block_count(config["n_layer"])
    writer.add_feed_forward_length(config.get("n_inner") or 4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("none")

    writer.add_tensor("token_embd.weight", tensors.pop("wte.weight"))
    writer.add_tensor("position_embd.weight", tensors.pop("wpe.weight"))
    for part in ("weight", "bias"):
        writer.add_tensor(f"output_norm.{part}", tensors.pop(f"ln_f.{part}"))
        for layer in range(config["n_layer"]):
            for theirs, ours in GPT2_NAMES.items():
                # Matrices of this family are stored [in, out].
                tensor = tensors.pop(f"h.{layer}.{theirs}.{part}")
                writer.add_tensor(f"blk.{layer}.{ours}.{part}", np.ascontiguousarray(tensor.T))
    tensors.pop("lm_head.weight", None)
    return writer


def convert_llama(folder, config, tensors, output):
    if config["model_type"] != "llama" or not config["tie_word_embeddings"] or config.get("rope_scaling"):
        sys.exit(f"error: {folder} is not a LLaMA with a tied head and plain rotary positions")

    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    key_heads = config.get("num_key_value_heads", heads)

    writer = gguf.GGUFWriter(output, "llama")
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(hidden)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_rope_dimension_count(config.get("head_dim") or hidden // heads)
    writer.add_rope_freq_base(config.get("rope_theta", 10000.0))
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("none")

    # Either name may hold the one tensor that is both embedding and head.
    embedding = tensors.pop("model.embed_tokens.weight", None)
    head = tensors.pop("lm_head.weight", None)
    writer.add_tensor("token_embd.weight", embedding if embedding is not None else head)
    writer.add_tensor("output_norm.weight", tensors.pop("model.norm.weight"))
    for layer in range(config["num_hidden_layers"]):
        for theirs, ours in LAYER_NAMES.items():
            weight = tensors.pop(f"model.layers.{layer}.{theirs}.weight")
            if ours == "attn_q":
                weight = interleave(weight, heads)
            elif ours == "attn_k":
                weight = interleave(weight, key_heads)
            writer.add_tensor(f"blk.{layer}.{ours}.weight", np.ascontiguousarray(weight))
    return writer


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: convert.py MODEL-FOLDER OUTPUT.gguf")
    convert(sys.argv[1], sys.argv[2])
