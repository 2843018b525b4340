// Collects the importance matrix that llama-quantize reads: for every weight matrix the sum over all tokens of
// the squares of each input, as llama-imatrix does, but from token ids and with every window a sequence of its
// own, so that both sides are calibrated on the same tokens.
//
//   importance MODEL.gguf WINDOWS THREADS OUTPUT.gguf [--head]
//
// Like llama-imatrix it leaves the tied head out; --head takes it in.
#include <algorithm>
#include <cstring>
#include <map>

#include "ggml.h"
#include "ggml-backend.h"
#include "gguf.h"
#include "windows.h"

struct Importance {
    std::vector<double> squares;
    int64_t tokens = 0;
};

struct Collector {
    bool head = false;
    std::map<std::string, Importance> weights;
    std::vector<float> row;
};

static bool is_wanted(const Collector & collector, const ggml_tensor * t) {
    return t->op == GGML_OP_MUL_MAT && t->src[1]->type == GGML_TYPE_F32
        && (std::strncmp(t->src[0]->name, "blk.", 4) == 0
            || (collector.head && std::strcmp(t->src[0]->name, "token_embd.weight") == 0));
}

// Called by the scheduler for every node: first to ask whether it is wanted, then with its inputs computed.
static bool collect(ggml_tensor * t, bool ask, void * data) {
    Collector & collector = *static_cast<Collector *>(data);
    if (!is_wanted(collector, t)) {
        return !ask;
    }
    if (ask) {
        return true;
    }

    const ggml_tensor * input = t->src[1];
    int64_t length = input->ne[0];
    Importance & sums = collector.weights[t->src[0]->name];
    sums.squares.resize(length);
    collector.row.resize(length);
    for (int64_t token = 0; token < input->ne[1]; token++) {
        ggml_backend_tensor_get(input, collector.row.data(), token * input->nb[1], length * sizeof(float));
        for (int64_t i = 0; i < length; i++) {
            sums.squares[i] += (double) collector.row[i] * collector.row[i];
        }
    }
    sums.tokens += input->ne[1];
    return true;
}

static ggml_tensor * add_tensor(ggml_context * context, gguf_context * file, const std::string & name, size_t count) {
    ggml_tensor * tensor = ggml_new_tensor_2d(context, GGML_TYPE_F32, (int64_t) count, 1);
    ggml_set_name(tensor, name.c_str());
    gguf_add_tensor(file, tensor);
    return tensor;
}

// The layout is that of llama-imatrix: NAME.in_sum2 and NAME.counts, and three entries of metadata.
static void write(const Collector & collector, size_t windows, size_t window, const char * text, const char * path) {
    size_t bytes = 0;
    for (const auto & [name, sums] : collector.weights) {
        bytes += (sums.squares.size() + 1) * sizeof(float) + 2 * (ggml_tensor_overhead() + 64);
    }

    ggml_context * context = ggml_init({ bytes, nullptr, false });
    gguf_context * file = gguf_init_empty();
    gguf_set_val_str(file, "general.type", "imatrix");
    gguf_set_arr_str(file, "imatrix.datasets", &text, 1);
    gguf_set_val_u32(file, "imatrix.chunk_count", (uint32_t) windows);
    gguf_set_val_u32(file, "imatrix.chunk_size", (uint32_t) window);
    for (const auto & [name, sums] : collector.weights) {
        float * squares = (float *) add_tensor(context, file, name + ".in_sum2", sums.squares.size())->data;
        std::copy(sums.squares.begin(), sums.squares.end(), squares);
        *(float *) add_tensor(context, file, name + ".counts", 1)->data = (float) sums.tokens;
    }
    if (!gguf_write_to_file(file, path, false)) {
        fail(std::string("cannot write ") + path);
    }
    gguf_free(file);
    ggml_free(context);
}

int main(int argc, char ** argv) {
    if (argc < 5 || argc > 6 || (argc == 6 && std::strcmp(argv[5], "--head") != 0)) {
        fail("usage: importance MODEL.gguf WINDOWS THREADS OUTPUT.gguf [--head]");
    }

    log_errors_only();
    llama_backend_init();
    std::vector<Window> windows = read_windows(argv[2]);
    Collector collector;
    collector.head = argc == 6;
    llama_context_params params = context_params(longest(windows), std::atoi(argv[3]));
    params.cb_eval = collect;
    params.cb_eval_user_data = &collector;
    llama_model * model = load_model(argv[1]);
    llama_context * context = llama_init_from_model(model, params);
    if (context == nullptr) {
        fail(std::string("cannot make a context of ") + argv[1]);
    }

    // Making a context may run a trial graph, whose inputs count for nothing.
    collector.weights.clear();
    for (const Window & window : windows) {
        run_sequence(context, window.ids, window.ids.size());
    }
    if (collector.weights.empty()) {
        fail("no matrix product was seen; the names of the weights are not those expected");
    }
    write(collector, windows.size(), longest(windows), "calibration", argv[4]);
    llama_free(context);
    llama_model_free(model);
    return 0;
}
