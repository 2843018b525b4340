using Flightc.Diagnostics;

namespace Flightc.Onnx.Reading;

/// <summary>Which versions of file format and operators are read.</summary>
internal sealed class OpsetRules(Problems problems)
{
    /// <summary>The first version that names opsets; opset 7 came with it.</summary>
    public const long MinIrVersion = 3;

    /// <summary>The last version that is known; what later ones add is passed over.</summary>
    public const long MaxIrVersion = 13;

    private readonly HashSet<int> _refused = [];

    /// <summary>Judges what the model states.</summary>
    public void CheckModel(RawModel model)
    {
        if (model.IrVersion == 0)
        {
            problems.Error(Codes.OnnxInvalid, "the model has no ir_version: this is no ONNX file, or it is damaged", "fetch it again");
        }
        else if (model.IrVersion < MinIrVersion)
        {
            problems.Error(
                Codes.OnnxInvalid, $"the model has the ir_version {model.IrVersion}; {MinIrVersion} and later are read", "convert it with the version converter of the ONNX project");
        }
        else if (model.IrVersion > MaxIrVersion)
        {
            problems.Warning(
                Codes.OnnxInvalid, $"the model has the ir_version {model.IrVersion}; up to {MaxIrVersion} are known, and what later ones add is ignored",
                "if anything looks wrong, export the model with an older version of the ONNX package");
        }

        if (model.IrVersion >= MinIrVersion && model.Opsets.Count == 0)
        {
            problems.Error(Codes.OnnxGraphInvalid, "the model imports no opset; without one its operators have no meaning", "export the model again");
        }

        if (model.Opsets.TryGetValue("", out int version))
        {
            CheckStandard(version);
        }
    }

    /// <summary>Judges a version of the standard's operators; each is reported once.</summary>
    public void CheckStandard(int version)
    {
        if (version is < OnnxReader.MinOpset or > OnnxReader.MaxOpset && _refused.Add(version))
        {
            problems.Error(
                Codes.OnnxOperatorUnsupported, $"the model uses opset {version}; {OnnxReader.MinOpset} to {OnnxReader.MaxOpset} are supported",
                version < OnnxReader.MinOpset ? "convert it with the version converter of the ONNX project, or export it again" : "export it with an older opset, such as 21");
        }
    }
}
