using Flightc.Diagnostics;
using Flightc.Raising;

namespace Flightc.Models;

/// <summary>All families, by the names of their architectures and by <c>model_type</c>.</summary>
public static class ModelFamilies
{
    private const string Nested = "text_config";

    private static readonly ModelFamily Raised = new OnnxFamily();

    /// <summary>The families, in the order of docs/models.md.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new LlamaFamily(), new MistralFamily(), new Qwen2Family(), new Qwen3Family(), new Phi3Family(), new GemmaFamily(), new Gemma2Family(),
        new Gemma3Family(), new OptFamily(), new Gpt2Family(), new Starcoder2Family(), new SmolLm3Family(), new GraniteFamily(),
    ];

    /// <summary>The family of an architecture.</summary>
    /// <param name="architecture">One of <see cref="ModelConfig.SupportedArchitectures"/>, or that of models raised from ONNX.</param>
    public static ModelFamily Of(string architecture) => All.Append(Raised).First(family => family.Architectures.Contains(architecture));

    /// <summary>Reads a configuration by the keys of its family; null where something was reported as an error.</summary>
    internal static ModelConfig? Read(ConfigReader config, int? length)
    {
        if (Find(config) is not (ModelFamily family, string architecture))
        {
            // The keys of another architecture have other names: more messages would mislead.
            return null;
        }

        ConfigReader decoder = config;
        if (config.Inside(Nested) is { } nested)
        {
            decoder = nested;
            config.Note(Nested, $"of '{architecture}' the language model alone is compiled, as '{Nested}' describes it");
        }

        return family.Read(new FamilyKeys(config, decoder, architecture, length));
    }

    private static (ModelFamily Family, string Architecture)? Find(ConfigReader config)
    {
        bool failedBefore = config.Failed;
        string[] architectures = config.Texts("architectures");
        string? type = config.Text("model_type");
        if (architectures.Length == 0 && type is null)
        {
            if (failedBefore == config.Failed)
            {
                config.Report(
                    Codes.ArchitectureUnsupported, "architectures",
                    $"neither 'architectures' nor 'model_type' says what model this is; one of these is wanted: {List}");
            }

            return null;
        }

        if (architectures.Length > 0)
        {
            ModelFamily? family = All.FirstOrDefault(f => f.Architectures.Contains(architectures[0]));
            if (family is null)
            {
                Refuse(config, "architectures", $"the architecture '{Excerpt.Of(architectures[0])}'", architectures[0]);
                return null;
            }

            if (type is null || family.ModelTypes.Contains(type))
            {
                return (family, architectures[0]);
            }

            config.Report(
                Codes.ArchitectureUnsupported, "model_type",
                $"'model_type' is '{Excerpt.Of(type)}'; '{family.ModelTypes[0]}' is wanted, the type of {family.Architectures[0]}");
            return null;
        }

        if (All.FirstOrDefault(f => f.ModelTypes.Contains(type!)) is { } byType)
        {
            return (byType, byType.Architectures[0]);
        }

        Refuse(config, "model_type", $"'model_type' is '{Excerpt.Of(type!)}', which", type!);
        return null;
    }

    private static string List => string.Join(", ", All.Select(family => family.Architectures[0]));

    private static void Refuse(ConfigReader config, string key, string subject, string name)
    {
        if (RefusedArchitectures.Find(name) is (string what, string advice))
        {
            config.Report(Codes.ArchitectureUnsupported, key, $"{subject} cannot be compiled: it is {what}", advice);
            return;
        }

        config.Report(
            Codes.ArchitectureUnsupported, key, $"{subject} cannot be compiled; one of these is wanted: {List}",
            "an ONNX export of the model may be compiled, since its graph says what is computed; docs/models.md says how a family is added");
    }
}
