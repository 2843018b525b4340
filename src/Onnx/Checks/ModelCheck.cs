using Flightc.Diagnostics;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Reading;

namespace Flightc.Onnx.Checks;

/// <summary>Holds every node of a model against the definition of its operator, before anything is computed.</summary>
/// <remarks>
/// Rules: those of <see cref="NodeCheck"/> for every node, also in branches; and where the shapes of a node's inputs are known, those of its operator for axes and shapes. Types
/// are those that the file states of inputs and constants, carried along by the operators. Everything is reported at once, an operator that is not known once with all
/// its nodes. What depends on values that are known only when the model runs is judged later.
/// </remarks>
public static class ModelCheck
{
    /// <summary>Checks a model.</summary>
    /// <param name="model">As the reader gave it.</param>
    /// <param name="bag">Takes what is wrong: FLC1502, FLC1504, FLC1505, FLC1506.</param>
    public static void Check(OnnxModel model, DiagnosticBag bag)
    {
        Problems problems = new(bag, model.Path);
        UnknownOperators unknown = new();
        foreach (OnnxValue input in model.Graph.Inputs.Where(i => i.ElementType == OnnxElementType.Undefined))
        {
            problems.Error(
                Codes.OnnxTypeUnsupported, $"input '{Excerpt.Of(input.Name)}' of the model is no tensor", "export the model with tensors in place of sequences and optional values");
        }

        new GraphCheck(model.Graph, null, problems, unknown).Run();
        unknown.Report(problems);
        problems.Finish();
    }
}
