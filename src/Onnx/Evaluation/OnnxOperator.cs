namespace Flightc.Onnx.Evaluation;

/// <summary>An operator: what it is, which types its results have, and their values.</summary>
internal abstract class OnnxOperator(OperatorDefinition definition)
{
    /// <summary>What it takes and gives.</summary>
    public OperatorDefinition Definition { get; } = definition;

    /// <summary>Whether results are inputs with another shape, so that nothing is computed or allocated.</summary>
    public virtual bool SharesData => false;

    /// <summary>Whether only those elements of inputs are read that are in the results, so that inputs may be larger than memory.</summary>
    public virtual bool ReadsPartly => false;

    /// <summary>Types of the results in order; null for an output that the operator leaves empty.</summary>
    /// <remarks>All checks of shapes, axes and attributes are here. Values of inputs are asked for only where a shape depends on them.</remarks>
    /// <exception cref="Diagnostics.CompilationException">The inputs do not fit, or a value that the shape depends on is not known.</exception>
    public abstract OnnxTensorType?[] Infer(OperatorCall call);

    /// <summary>The results in order. All inputs have values, and <see cref="Infer"/> has passed.</summary>
    /// <param name="call">The node and its inputs.</param>
    /// <param name="types">What <see cref="Infer"/> gave.</param>
    public abstract OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types);
}
