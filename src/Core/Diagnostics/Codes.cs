namespace Flightc.Diagnostics;

/// <summary>Every code a diagnostic can carry.</summary>
/// <remarks>
/// 1xxx: what the user brought (files, checkpoints, tokenizers, targets, recipes). 2xxx: the Graph. 3xxx: the Schedule.
/// 4xxx: Program and Image. 5xxx: running. 9xxx: use of the command line and the environment.
/// A code is never given a second meaning.
/// </remarks>
public static class Codes
{
    // 10xx: files and safetensors
    /// <summary>A named file or folder does not exist or cannot be read.</summary>
    public const string FileNotReadable = "FLC1001";

    /// <summary>A safetensors file breaks a rule of its format.</summary>
    public const string SafetensorsInvalid = "FLC1002";

    /// <summary>A shard index does not agree with its shards.</summary>
    public const string ShardIndexInvalid = "FLC1003";

    /// <summary>A tensor that the architecture needs is missing.</summary>
    public const string TensorMissing = "FLC1004";

    /// <summary>A tensor has another shape than the configuration says.</summary>
    public const string TensorShapeMismatch = "FLC1005";

    /// <summary>A tensor has an element type that weights cannot have.</summary>
    public const string TensorTypeUnsupported = "FLC1006";

    /// <summary>A weight is NaN or infinite.</summary>
    public const string WeightNotFinite = "FLC1007";

    /// <summary>A tensor of the checkpoint has no place in the architecture.</summary>
    public const string TensorUnknown = "FLC1008";

    // 11xx: config.json and families
    /// <summary>config.json or another JSON file is not what it should be.</summary>
    public const string ConfigInvalid = "FLC1101";

    /// <summary>The architecture is not one we can compile.</summary>
    public const string ArchitectureUnsupported = "FLC1102";

    /// <summary>A setting of the model has a value that we cannot compile.</summary>
    public const string FeatureUnsupported = "FLC1103";

    /// <summary>A context length that the model cannot have.</summary>
    public const string LengthUnsupported = "FLC1104";

    /// <summary>What was chosen where the configuration of a model leaves a choice.</summary>
    public const string ModelNote = "FLC1105";

    // 12xx: targets and recipes
    /// <summary>A target or recipe file is not valid YAML of its kind.</summary>
    public const string SettingsInvalid = "FLC1201";

    /// <summary>A target or recipe has a key that does not exist.</summary>
    public const string SettingsUnknownKey = "FLC1202";

    /// <summary>A target or recipe lacks a key.</summary>
    public const string SettingsMissingKey = "FLC1203";

    /// <summary>A value in a target or recipe has the wrong type or lies outside its range.</summary>
    public const string SettingsValue = "FLC1204";

    /// <summary>No target, recipe or card has that name.</summary>
    public const string SettingsNotFound = "FLC1205";

    /// <summary>A target exists for validation only.</summary>
    public const string TargetForValidation = "FLC1206";

    /// <summary>No choice of formats keeps a budget.</summary>
    public const string BudgetUnreachable = "FLC1207";

    /// <summary>A file of losses is not one of ours, or lacks one that is needed.</summary>
    public const string LossTableInvalid = "FLC1208";

    // 13xx: tokenizers and text
    /// <summary>A tokenizer file is not valid or uses what we do not know.</summary>
    public const string TokenizerInvalid = "FLC1301";

    /// <summary>A text record cannot be read.</summary>
    public const string TextInvalid = "FLC1302";

    /// <summary>A chat template is not valid, or uses what we do not know.</summary>
    public const string ChatTemplateInvalid = "FLC1303";

    /// <summary>A conversation is not valid, or not one that the model's chat template takes.</summary>
    public const string ConversationInvalid = "FLC1304";

    // 14xx: calibration
    /// <summary>A file of calibration statistics is damaged, or of another model.</summary>
    public const string CalibrationInvalid = "FLC1401";

    /// <summary>Calibration says little about a weight, and what was done instead.</summary>
    public const string CalibrationNote = "FLC1402";

    // 15xx: ONNX
    /// <summary>An ONNX file breaks its format: the wire format, or a tensor that is not what it says.</summary>
    public const string OnnxInvalid = "FLC1501";

    /// <summary>An ONNX graph breaks a rule: names, order, types, functions.</summary>
    public const string OnnxGraphInvalid = "FLC1502";

    /// <summary>External data of an ONNX tensor are missing, too short, or outside the model's folder.</summary>
    public const string OnnxExternalData = "FLC1503";

    /// <summary>An operator, or its version or an attribute of it, is not supported.</summary>
    public const string OnnxOperatorUnsupported = "FLC1504";

    /// <summary>An element type that is not supported where it is used.</summary>
    public const string OnnxTypeUnsupported = "FLC1505";

    /// <summary>A shape, an axis or an index that an operator cannot have.</summary>
    public const string OnnxShapeInvalid = "FLC1506";

    /// <summary>An ONNX model that is none of the decoders we know.</summary>
    public const string OnnxModelUnsupported = "FLC1507";

    // 16xx: the oracle
    /// <summary>ONNX Runtime is not installed, or what was named is not it.</summary>
    public const string OracleMissing = "FLC1601";

    /// <summary>ONNX Runtime refused a model or its inputs.</summary>
    public const string OracleFailed = "FLC1602";

    // 2xxx: Graph
    /// <summary>A graph breaks a rule of its verifier.</summary>
    public const string GraphInvalid = "FLC2001";

    /// <summary>The text of a graph cannot be parsed.</summary>
    public const string GraphText = "FLC2002";

    /// <summary>A weight cannot be quantised within the numerics contract.</summary>
    public const string QuantisationImpossible = "FLC2003";

    // 3xxx: Schedule
    /// <summary>The model does not fit the target.</summary>
    public const string DoesNotFit = "FLC3001";

    /// <summary>A schedule breaks a rule of its verifier.</summary>
    public const string ScheduleInvalid = "FLC3002";

    /// <summary>The text of a schedule cannot be parsed.</summary>
    public const string ScheduleText = "FLC3003";

    // 4xxx: Program and Image
    /// <summary>A program breaks a rule of its verifier.</summary>
    public const string ProgramInvalid = "FLC4001";

    /// <summary>Assembly text or instruction words cannot be decoded.</summary>
    public const string ProgramText = "FLC4002";

    /// <summary>A file is not an image of ours.</summary>
    public const string ImageForeign = "FLC4003";

    /// <summary>An image was written by another version or for another target or instruction set.</summary>
    public const string ImageMismatch = "FLC4004";

    /// <summary>An image is damaged.</summary>
    public const string ImageDamaged = "FLC4005";

    // 5xxx: running
    /// <summary>More tokens than the image's context holds.</summary>
    public const string ContextExceeded = "FLC5001";

    /// <summary>A token id outside the vocabulary.</summary>
    public const string TokenOutOfRange = "FLC5002";

    /// <summary>A result is not finite.</summary>
    public const string ResultNotFinite = "FLC5003";

    /// <summary>There is nothing to run: an empty prompt without a beginning-of-sequence token.</summary>
    public const string PromptEmpty = "FLC5004";

    /// <summary>The device cannot do what was asked.</summary>
    public const string DeviceUnsupported = "FLC5005";

    // 9xxx: command line and environment
    /// <summary>The command line does not make sense.</summary>
    public const string Usage = "FLC9001";

    /// <summary>A file cannot be written.</summary>
    public const string CannotWrite = "FLC9002";

    /// <summary>Out of memory.</summary>
    public const string OutOfMemory = "FLC9003";

    /// <summary>An entry of a cache is damaged, and made anew.</summary>
    public const string CacheDamaged = "FLC9010";

    /// <summary>A cache cannot keep what was made.</summary>
    public const string CacheUnusable = "FLC9011";

    /// <summary>A bug of flightc.</summary>
    public const string Internal = "FLC9999";

    /// <summary>The exit code a command ends with when this is its first error.</summary>
    public static ExitCode ExitCodeOf(string code) => code switch
    {
        FileNotReadable or Usage or SettingsNotFound => ExitCode.Usage,
        ImageForeign or ImageMismatch or ImageDamaged or ProgramInvalid or ProgramText => ExitCode.VerificationFailed,
        CannotWrite or OutOfMemory or OracleMissing or CacheUnusable => ExitCode.Environment,
        Internal => ExitCode.InternalError,
        _ => ExitCode.Unsupported,
    };
}
