// The windows of a text, as measure.py writes them: a line holds the number of the record, the number of the
// window in the record, and the token ids.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "llama.h"

// A sequence of its own: its first token has nothing before it.
struct Window {
    int record = 0;
    int number = 0;
    std::vector<llama_token> ids;
};

[[noreturn]] inline void fail(const std::string & message) {
    std::fprintf(stderr, "error: %s\n", message.c_str());
    std::exit(1);
}

inline std::vector<Window> read_windows(const std::string & path) {
    std::ifstream file(path);
    if (!file) {
        fail("cannot read " + path);
    }

    std::vector<Window> windows;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        Window window;
        fields >> window.record >> window.number;
        for (llama_token id; fields >> id;) {
            window.ids.push_back(id);
        }
        if (!fields.eof() || window.ids.size() < 2) {
            std::string line_number = std::to_string(windows.size() + 1);
            fail(path + ": line " + line_number + " is not a record, a window and at least two ids");
        }
        windows.push_back(std::move(window));
    }
    return windows;
}

inline size_t longest(const std::vector<Window> & windows) {
    size_t length = 0;
    for (const Window & window : windows) {
        length = window.ids.size() > length ? window.ids.size() : length;
    }
    return length;
}

// Only what went wrong: a run loads dozens of models.
inline void log_errors_only() {
    llama_log_set([](ggml_log_level level, const char * text, void *) {
        if (level == GGML_LOG_LEVEL_ERROR) {
            std::fputs(text, stderr);
        }
    }, nullptr);
}

inline llama_model * load_model(const std::string & path) {
    llama_model * model = llama_model_load_from_file(path.c_str(), llama_model_default_params());
    if (model == nullptr) {
        fail("cannot load " + path);
    }
    return model;
}

// Room for sequences of n tokens in one batch; everything else as llama.cpp has it by default.
inline llama_context_params context_params(size_t tokens, int threads) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = (uint32_t) tokens;
    params.n_threads = params.n_threads_batch = threads;
    return params;
}

// Runs the first n ids as a sequence of its own; logits of all of them are wanted.
inline void run_sequence(llama_context * context, const std::vector<llama_token> & ids, size_t n) {
    llama_memory_clear(llama_get_memory(context), true);
    llama_batch batch = llama_batch_init((int32_t) n, 0, 1);
    batch.n_tokens = (int32_t) n;
    for (size_t i = 0; i < n; i++) {
        batch.token[i] = ids[i];
        batch.pos[i] = (llama_pos) i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = 1;
    }
    int status = llama_decode(context, batch);
    llama_batch_free(batch);
    if (status != 0) {
        fail("llama_decode returned " + std::to_string(status));
    }
}
