using System.Globalization;
using System.Text;

namespace Flightc.Diagnostics;

/// <summary>docs/errors.md, made from a table: every code with its meaning, likely cause and remedy.</summary>
public static class CodeDocument
{
    private const string Introduction =
        """
        # Error codes

        This page is made from `src/Core/Diagnostics/CodeDocument.cs`; do not edit it. A code keeps its meaning for ever. Every message says what was found,
        what was wanted and where; this page adds what usually leads to it. With `--json` a message is an object in `diagnostics`, with the keys `code`,
        `severity` (`note`, `warning`, `error`), `message`, `location` and `help`.

        A command that fails ends with the exit code of its first error, in the third column. Warnings carry codes too and do not change the exit code.

        """;

    private static readonly (char Digit, string Title)[] Parts =
    [
        ('1', "What you brought: files, checkpoints, tokenizers, targets, recipes"),
        ('2', "The Graph"),
        ('3', "The Schedule"),
        ('4', "Programs and images"),
        ('5', "Running"),
        ('9', "The command line and the environment"),
    ];

    /// <summary>One entry for every code, in ascending order.</summary>
    public static IReadOnlyList<CodeEntry> Entries { get; } =
    [
        new(Codes.FileNotReadable, "a named file or folder does not exist or cannot be read",
            "a slip in the path; a folder where a file is wanted, or the other way round; weights that are not there",
            "check the path and its permissions; a model is a folder, an image a `.flight` file"),
        new(Codes.SafetensorsInvalid, "a `.safetensors` file breaks a rule of its format",
            "an interrupted download; a Git LFS pointer in place of the file", "fetch the file again and compare its size with the hub's"),
        new(Codes.ShardIndexInvalid, "`model.safetensors.index.json` does not agree with the files beside it",
            "some of the shards are missing or are those of another checkpoint", "fetch the whole checkpoint again"),
        new(Codes.TensorMissing, "a tensor that the architecture needs is missing",
            "`config.json` has more layers than the checkpoint; an adapter was saved without its base model", "save the whole model, with the `config.json` that belongs to it"),
        new(Codes.TensorShapeMismatch, "a tensor has another shape than `config.json` says",
            "a resized vocabulary; `config.json` of another model", "use the `config.json` that was saved with the weights"),
        new(Codes.TensorTypeUnsupported, "a weight has an element type other than F32, F16, BF16 and F64",
            "the checkpoint is quantised already", "take the float checkpoint, or one that says in `quantization_config` how it was quantised"),
        new(Codes.WeightNotFinite, "a weight is NaN or infinite", "training diverged, or a conversion to F16 overflowed", "save the model again in BF16 or F32"),
        new(Codes.TensorUnknown, "warning: a tensor has no place in the architecture and is not used",
            "buffers that old checkpoints carry along, such as `rotary_emb.inv_freq`", "nothing, if you know the tensor; otherwise the model is not what `config.json` says"),
        new(Codes.ConfigInvalid, "`config.json` or another JSON file of the checkpoint is not what it should be",
            "a missing key, a value of the wrong type, sizes that contradict each other", "take the file from the model's source again"),
        new(Codes.ArchitectureUnsupported, "the architecture cannot be compiled", "a mixture of experts, a model that sees or hears, an encoder, or a family that nobody has added yet", "[models.md](models.md) lists what can be compiled, and says how a family is added"),
        new(Codes.FeatureUnsupported, "a setting of the model cannot be compiled",
            "norms behind the residual stream, an activation function we do not have, quantised weights of an unknown kind", "what the message advises; `flightc check MODEL` lists all such settings at once"),
        new(Codes.LengthUnsupported, "a sequence cannot have that length; as a warning: it is longer than the model was made for",
            "`--max-length` is 0 or beyond what programs serve, or beyond `max_position_embeddings`", "choose a length within the range that the message names"),
        new(Codes.ModelNote, "note: what was chosen where the configuration of a model leaves a choice",
            "rotary positions that depend on the length; a language model that is part of a larger one; weights that are stored as codes; an ONNX file that does not say its length", "nothing, if the choice is what you want; the message says what would change it"),
        new(Codes.SettingsInvalid, "a target or recipe is not valid YAML of its kind",
            "a slip in the YAML; a key that stands twice; anchors, aliases or tags; a parent that inherits too", "the position says where; [targets.md](targets.md) says what is accepted"),
        new(Codes.SettingsUnknownKey, "a target or recipe has a key that does not exist",
            "a slip in the key; a recipe that is given as a target", "take a key that the message suggests"),
        new(Codes.SettingsMissingKey, "a target or recipe lacks a key", "a new file that is not complete yet", "add the key, or `inherits: other.yaml`"),
        new(Codes.SettingsValue, "a value has the wrong type or lies outside its range; as a warning: an override of a recipe matches no weight",
            "units where a number is wanted; a machine that needs more blocks than its card has; a slip in `match`",
            "[targets.md](targets.md) and [recipes.md](recipes.md) have the ranges; `flightc compile MODEL -t TARGET --dump-dir DIR` shows the names of weights"),
        new(Codes.SettingsNotFound, "no target, recipe or card has that name", "a slip in the name; a file of your own without a separator or `.yaml`",
            "`flightc targets` and `flightc recipes` list names; name a file of your own as `./mine.yaml`"),
        new(Codes.TargetForValidation, "a target is a published machine, for which nothing is compiled",
            "`compile`, `run` or `eval` with a target that has the instruction set of a published machine",
            "`flightc estimate` takes it; `flightc targets` lists the targets to compile for"),
        new(Codes.BudgetUnreachable, "no choice among the candidate formats keeps the budget of `allocate`",
            "a budget below the smallest candidate of every weight; `--keep` for weights that take most of it; milliseconds that the machine needs for the KV cache alone",
            "the message has the least that can be had; a larger budget, or smaller formats with `--candidates`"),
        new(Codes.LossTableInvalid, "a file of losses is not what `allocate --write-losses` writes, or lacks a weight or a format",
            "a table of another model; lines that were changed by hand", "the location has the line; [allocation.md](allocation.md) has the form"),
        new(Codes.TokenizerInvalid, "a tokenizer is not valid, or uses something unknown", "a tokenizer that is neither byte-pair encoding nor a unigram model; a damaged file",
            "give prompts with `--ids`; [tokenizers.md](tokenizers.md) says which tokenizers are read"),
        new(Codes.TextInvalid, "a record of a text cannot be read, or there is nothing to score",
            "a line of a `.jsonl` file without `text` or `ids`; records of one token", "the location has the line"),
        new(Codes.ChatTemplateInvalid, "a chat template is not valid, or uses something unknown; as a warning: the image will have none",
            "a template with tags or filters beyond those of published templates; one that does too much",
            "the location has line and column; [tokenizers.md](tokenizers.md) says what templates may use; without `--chat` a prompt is taken as it is"),
        new(Codes.ConversationInvalid, "a conversation is not valid, or not one that the chat template takes",
            "a file of messages without `role`; two messages of the user in a row; a system message for a model that knows none",
            "the message has the template's own words; [tokenizers.md](tokenizers.md) has the form of the file"),
        new(Codes.CalibrationInvalid, "a file of calibration statistics is damaged, or of another model",
            "a safetensors file of something else; statistics of the model before it was trained further; a copy that broke off",
            "calibrate again; `flightc calibrate --show STATS` tells what is in a file"),
        new(Codes.CalibrationNote, "calibration says little about a weight: a note tells what was done",
            "features that never occur in the text; fewer tokens than features", "nothing has to be done; a longer or more varied text tells more"),
        new(Codes.OnnxInvalid, "an `.onnx` file breaks its format", "an interrupted download; a Git LFS pointer, a web page or an archive in place of the file; a tensor whose data do not fit its shape",
            "fetch the file again and compare its size with the hub's; [onnx.md](onnx.md) says what is read"),
        new(Codes.OnnxGraphInvalid, "a graph of an `.onnx` file breaks a rule of ONNX", "a graph that was changed by hand: a name that nothing defines or that is defined twice, a cycle, functions that call each other",
            "the message names node and value; `onnx.checker` of the ONNX project finds the same; export the model again"),
        new(Codes.OnnxExternalData, "external data of an `.onnx` file cannot be used", "the `.data` file was not fetched or is cut short; a path that leaves the model's folder, which is never followed",
            "put the data files beside the model as the exporter wrote them"),
        new(Codes.OnnxOperatorUnsupported, "an ONNX operator, its version or one of its attributes is not supported", "an operator of another domain or of a newer opset; an attribute that is missing or of the wrong type",
            "[onnx-operators.md](onnx-operators.md) lists what is supported; export with another opset or exporter"),
        new(Codes.OnnxTypeUnsupported, "an element type of ONNX is not supported where it is used", "strings, complex numbers, FLOAT4E2M1 or FLOAT8E8M0; types that an operator does not combine", "export the model in float32, float16 or bfloat16"),
        new(Codes.OnnxShapeInvalid, "a shape, an axis or an index in an ONNX graph does not fit", "an axis outside the rank; shapes that do not broadcast; a graph exported for one fixed length", "the message names the node; export the model again"),
        new(Codes.OnnxModelUnsupported, "an ONNX model is none of the decoders that can be compiled", "an encoder, a vision model, a part of a model", "[models.md](models.md) lists the families; `flightc check MODEL` gives all reasons at once"),
        new(Codes.OracleMissing, "ONNX Runtime, which a command compares with, is not there", "it was never installed; a path that is not its library; a version before 1.17",
            "`npm ci --ignore-scripts` in `tests/oracle`, or name its library with `--onnxruntime` or FLIGHTC_ONNXRUNTIME; [oracle.md](oracle.md) has all ways"),
        new(Codes.OracleFailed, "ONNX Runtime refused a model or its inputs", "an operator or an opset that this version of ONNX Runtime does not have; a damaged file",
            "the message is ONNX Runtime's own; a newer version may know more operators"),
        new(Codes.GraphInvalid, "a Graph breaks a rule of its verifier", "a Graph that was written or changed by hand", "[graph.md](graph.md) has the rules"),
        new(Codes.GraphText, "the text of a Graph cannot be parsed", "a slip in a text that was changed by hand", "the location has line and column"),
        new(Codes.QuantisationImpossible, "a weight cannot be quantised within [the numerics contract](numerics.md)",
            "rows so long that exact INT32 sums could overflow at that precision", "choose fewer bits for this weight with an override of the recipe"),
        new(Codes.DoesNotFit, "the model does not fit the target",
            "more weights and KV cache than the memory channels hold; a sequence so long that one token's scores overflow scratch",
            "a smaller `--max-length`, fewer bits, or a target with more memory; `flightc estimate` shows the sizes"),
        new(Codes.ScheduleInvalid, "a Schedule breaks a rule of its verifier", "a Schedule that was written or changed by hand", "[schedule.md](schedule.md) has the rules"),
        new(Codes.ScheduleText, "the text of a Schedule cannot be parsed", "a slip in a text that was changed by hand", "the location has line and column"),
        new(Codes.ProgramInvalid, "a program breaks a rule of its verifier", "an image that was damaged or made by something else", "compile the model again"),
        new(Codes.ProgramText, "assembly text or instruction words cannot be decoded", "a slip in assembly; an image that was damaged; bare instructions of another machine than `--isa` says",
            "[isa.md](isa.md) and [published.md](published.md) have the encodings"),
        new(Codes.ImageForeign, "a file is not an image of flightc", "a checkpoint is given where an image is wanted; bare instructions of a published machine without `--isa`",
            "`flightc compile MODEL -t TARGET -o IMAGE` makes an image; [published.md](published.md) has `--isa`"),
        new(Codes.ImageMismatch, "an image is for another version of flightc, another target or another model",
            "flightc was updated; images of different models in one `eval`; `--isa` of a published machine with an image", "compile the model again, with the command that the message gives"),
        new(Codes.ImageDamaged, "an image is damaged", "an incomplete copy; a bad disk", "`flightc verify IMAGE` names every damaged section; copy or compile again"),
        new(Codes.ContextExceeded, "more tokens than the image's context holds", "a prompt that is longer than `--max-length` was when the image was compiled",
            "a shorter prompt, or compile with a larger `--max-length`"),
        new(Codes.TokenOutOfRange, "a token id is outside the vocabulary", "ids of another model's tokenizer", "the message names the range"),
        new(Codes.ResultNotFinite, "a logit is NaN or infinite", "weights so large that binary32 overflows", "`flightc check MODEL` finds weights that are not numbers"),
        new(Codes.PromptEmpty, "there is nothing to run", "no prompt, and a model without a token that begins a text", "give `-p` or `--ids`"),
        new(Codes.DeviceUnsupported, "the device cannot do what was asked", "a machine that is not little-endian; a target with more than 2 GiB of scratch", "use `--device emulator`"),
        new(Codes.Usage, "the command line does not make sense", "a slip; an image where a model is wanted, or the other way round", "`flightc COMMAND --help` shows what can be given, with examples"),
        new(Codes.CannotWrite, "a file cannot be written", "a full disk, no permission, a folder that does not exist", "free space, or name another place"),
        new(Codes.OutOfMemory, "the computer has too little memory, or less may be used than is needed", "a KV cache for very long sequences; `--max-memory` below what the largest weight needs with its method",
            "run with a smaller `--max-length`; give the `--max-memory` that the message names, or choose a method that needs less ([compiling.md](compiling.md))"),
        new(Codes.CacheDamaged, "warning: an entry of a cache is damaged or is none, and what it should keep is made anew",
            "a disk that was full or failed; somebody who changed the files", "nothing: the entry is replaced; where it comes back, `flightc cache DIR --verify` lists all such entries ([cache.md](cache.md))"),
        new(Codes.CacheUnusable, "warning: a cache cannot keep what was made, and the work goes on without; as an error: it cannot be listed",
            "a full disk, no permission, a folder that is smaller than what one model needs", "free space, give it more with `--cache-size`, or name another folder"),
        new(Codes.Internal, "a bug of flightc", "", "report it, with the folder `flightc-reproducer-…` that the message names; it holds the command, versions and the last artefact"),
    ];

    /// <summary>The page.</summary>
    public static string Markdown()
    {
        StringBuilder page = new(Introduction.ReplaceLineEndings("\n"));
        foreach ((char digit, string title) in Parts)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| code | meaning | exit code | likely cause | what to do |\n|---|---|---|---|---|\n");
            foreach (CodeEntry entry in Entries.Where(e => e.Code["FLC".Length] == digit))
            {
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"| {entry.Code} | {entry.Meaning} | {(entry.EndsCommands ? $"{(int)Codes.ExitCodeOf(entry.Code)}" : "–")} | {entry.Cause} | {entry.Remedy} |\n");
            }
        }

        return page.ToString();
    }
}
