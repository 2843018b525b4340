#!/usr/bin/env python3
"""Writes a checkpoint of the LLaMA architecture as a GGUF file of F16, matrix by matrix: what llama-quantize starts from.

    PYTHONPATH=$LLAMA_CPP/gguf-py convert_f16.py MODEL-FOLDER OUTPUT.gguf

Sharded or not, tied or untied, of F32, F16 or BF16. Memory holds one matrix at a time. Norms are F32, as llama.cpp wants
them; the file has no vocabulary.
"""
import glob
import json
import math
import os
import sys

import gguf
import numpy as np

from convert import LAYER_NAMES, interleave

ROWS = 1024


class Shards:
    """The tensors of all files of a folder, mapped."""

    DTYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}

    def __init__(self, folder):
        self._tensors = {}
        for path in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
            with open(path, "rb") as file:
                length = int.from_bytes(file.read(8), "little")
                header = json.loads(file.read(length))
            header.pop("__metadata__", None)
            for name, entry in header.items():
                self._tensors[name] = (path, 8 + length + entry["data_offsets"][0], entry["dtype"], tuple(entry["shape"]))
        self.unread = set(self._tensors)

    def __contains__(self, name):
        return name in self._tensors

    def shape(self, name):
        return self._tensors[name][3]

    def read(self, name, dtype):
        """A copy in F16 or F32, made of a few rows at a time."""
        path, offset, stored, shape = self._tensors[name]
        self.unread.discard(name)
        data = np.memmap(path, dtype=self.DTYPES[stored], mode="r", offset=offset, shape=shape)
        result = np.empty(shape, dtype)
        for first in range(0, shape[0], ROWS):
            part = np.asarray(data[first:first + ROWS])
            # The halves of BF16 are the upper ones of binary32.
            result[first:first + ROWS] = (part.astype(np.uint32) << 16).view(np.float32) if stored == "BF16" else part
        return result


def convert(folder, output):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    if config["model_type"] != "llama" or config.get("rope_scaling"):
        sys.exit(f"error: {folder} is not a LLaMA with plain rotary positions")
    shards = Shards(folder)
    tensors = list_tensors(config, shards)
    writer = gguf.GGUFWriter(output, "llama")
    write_keys(writer, config)
    for name, source, _ in tensors:
        dtype = dtype_of(shards.shape(source))
        writer.add_tensor_info(name, shards.shape(source), dtype, math.prod(shards.shape(source)) * dtype.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, source, heads in tensors:
        data = shards.read(source, dtype_of(shards.shape(source)))
        writer.write_tensor_data(np.ascontiguousarray(interleave(data, heads) if heads else data))
    writer.close()
    if shards.unread:
        sys.exit(f"error: {folder} has tensors that are not understood: {', '.join(sorted(shards.unread))}")


def list_tensors(config, shards):
    """(name in the file, name in the checkpoint, heads whose rows are put in order or 0), in the order of the file."""
    heads = config["num_attention_heads"]
    interleaved = {"attn_q": heads, "attn_k": config.get("num_key_value_heads", heads)}
    head = [("output.weight", "lm_head.weight", 0)] if "lm_head.weight" in shards else []
    layers = [(f"blk.{layer}.{ours}.weight", f"model.layers.{layer}.{theirs}.weight", interleaved.get(ours, 0))
              for layer in range(config["num_hidden_layers"]) for theirs, ours in LAYER_NAMES.items()]
    return [("token_embd.weight", "model.embed_tokens.weight", 0), *layers, ("output_norm.weight", "model.norm.weight", 0), *head]


def dtype_of(shape):
    return np.dtype(np.float32 if len(shape) == 1 else np.float16)


def write_keys(writer, config):
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(hidden)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.get("num_key_value_heads", heads))
    writer.add_rope_dimension_count(config.get("head_dim") or hidden // heads)
    writer.add_rope_freq_base(config.get("rope_theta", 10000.0))
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tokenizer_model("none")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: convert_f16.py MODEL-FOLDER OUTPUT.gguf")
    convert(sys.argv[1], sys.argv[2])
