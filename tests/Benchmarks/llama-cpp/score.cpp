// Scores quantised models against the float model, position by position, by the protocol of `flightc eval`:
// every window is a sequence of its own, and every token of it but the first is scored.
//
//   score REFERENCE.gguf WINDOWS THREADS OUTPUT-FOLDER MODEL.gguf...
//
// The reference runs with a float cache and without fused attention; the models run as llama.cpp runs them by
// default (cache of F16). OUTPUT-FOLDER/NAME.tsv gets one line per scored position and model:
//   record  window  position  KL(reference || model)  -ln q  -ln p  same-top
// in nats, q of the model and p of the reference for the token that follows; same-top is 1 where both would
// choose the same token, the lowest id among the likeliest.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "windows.h"

struct Scored {
    std::string path;
    llama_context * context;
    std::FILE * file;
};

// ln of the softmax, in binary64.
static void log_softmax(const float * logits, int count, std::vector<double> & result) {
    result.resize(count);
    double largest = *std::max_element(logits, logits + count);
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += std::exp(logits[i] - largest);
    }
    double shift = largest + std::log(sum);
    for (int i = 0; i < count; i++) {
        result[i] = logits[i] - shift;
    }
}

static double divergence(const std::vector<double> & p, const std::vector<double> & q) {
    double sum = 0;
    for (size_t i = 0; i < p.size(); i++) {
        sum += std::exp(p[i]) * (p[i] - q[i]);
    }
    return sum;
}

static int top(const std::vector<double> & x) {
    return (int) (std::max_element(x.begin(), x.end()) - x.begin());
}

static llama_context * context_of(const std::string & path, llama_context_params params) {
    llama_context * context = llama_init_from_model(load_model(path), params);
    if (context == nullptr) {
        fail("cannot make a context of " + path);
    }
    return context;
}

int main(int argc, char ** argv) {
    if (argc < 6) {
        fail("usage: score REFERENCE.gguf WINDOWS THREADS OUTPUT-FOLDER MODEL.gguf...");
    }

    log_errors_only();
    llama_backend_init();
    std::vector<Window> windows = read_windows(argv[2]);
    int threads = std::atoi(argv[3]);
    std::filesystem::path folder = argv[4];

    llama_context_params defaults = context_params(longest(windows), threads);
    llama_context_params exact = defaults;
    exact.type_k = exact.type_v = GGML_TYPE_F32;
    exact.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    llama_context * reference = context_of(argv[1], exact);
    int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(reference)));

    std::vector<Scored> models;
    for (int i = 5; i < argc; i++) {
        std::filesystem::path file = folder / std::filesystem::path(argv[i]).stem();
        file += ".tsv";
        Scored model = { argv[i], context_of(argv[i], defaults), std::fopen(file.c_str(), "w") };
        if (model.file == nullptr) {
            fail("cannot write " + file.string());
        }
        if (llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(model.context))) != vocabulary) {
            fail(model.path + " has another vocabulary than the reference");
        }
        models.push_back(model);
    }

    std::vector<std::vector<double>> p;
    std::vector<double> q;
    for (const Window & window : windows) {
        // The last token has none after it, so its logits are not wanted.
        size_t scored = window.ids.size() - 1;
        run_sequence(reference, window.ids, scored);
        p.resize(std::max(p.size(), scored));
        for (size_t at = 0; at < scored; at++) {
            log_softmax(llama_get_logits_ith(reference, (int32_t) at), vocabulary, p[at]);
        }

        for (Scored & model : models) {
            run_sequence(model.context, window.ids, scored);
            for (size_t at = 0; at < scored; at++) {
                log_softmax(llama_get_logits_ith(model.context, (int32_t) at), vocabulary, q);
                llama_token next = window.ids[at + 1];
                std::fprintf(
                    model.file, "%d\t%d\t%zu\t%.17g\t%.17g\t%.17g\t%d\n", window.record, window.number, at,
                    divergence(p[at], q), -q[next], -p[at][next], top(p[at]) == top(q) ? 1 : 0);
            }
        }
    }

    for (Scored & model : models) {
        if (std::fclose(model.file) != 0) {
            fail("cannot write the scores of " + model.path);
        }
    }
    return 0;
}
