namespace Flightc.Onnx.Evaluation;

/// <summary>What an attribute's value is.</summary>
public enum AttributeKind
{
    /// <summary>An integer.</summary>
    Int,

    /// <summary>A binary32.</summary>
    Float,

    /// <summary>A text.</summary>
    Text,

    /// <summary>Integers.</summary>
    Ints,

    /// <summary>Numbers of binary32.</summary>
    Floats,

    /// <summary>Texts.</summary>
    Texts,

    /// <summary>A tensor.</summary>
    Tensor,

    /// <summary>A graph.</summary>
    Graph,

    /// <summary>What no language model needs: sparse tensors, types.</summary>
    Other,
}
