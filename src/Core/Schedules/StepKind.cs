namespace Flightc.Schedules;

/// <summary>What a step does.</summary>
public enum StepKind
{
    /// <summary>Rows of a table by token id, into scratch.</summary>
    LoadIndexed,

    /// <summary>Rows of a table by position, into scratch.</summary>
    LoadPositions,

    /// <summary>A core's slices of up to four vectors, into scratch.</summary>
    LoadVector,

    /// <summary>The past keys or values of a KV head, into the KV rings.</summary>
    LoadCache,

    /// <summary>The rows of a layer's attention mask for the blocks of the step's tokens, into scratch.</summary>
    LoadMask,

    /// <summary>Dequantises a core's slice of embedding rows.</summary>
    Embed,

    /// <summary>Largest magnitudes, and sums of squares.</summary>
    Measure,

    /// <summary>INT8 codes and a scale per token.</summary>
    Quantize,

    /// <summary>Gives a core's slice to all cores.</summary>
    Gather,

    /// <summary>Maxima over all cores.</summary>
    Maximum,

    /// <summary>Integer sums over all cores.</summary>
    Sum,

    /// <summary>A product with weights from the rings.</summary>
    Linear,

    /// <summary>Rotation and INT8 codes with a scale per head.</summary>
    Heads,

    /// <summary>Scores of a KV head's group of query heads.</summary>
    Score,

    /// <summary>Probabilities.</summary>
    Softmax,

    /// <summary>Weighted sums of values.</summary>
    Value,

    /// <summary>Division by the sum of probabilities.</summary>
    Output,

    /// <summary>An activation function, gated or not, or a cap.</summary>
    Activate,

    /// <summary>Adds rows.</summary>
    Add,

    /// <summary>Adds a vector to the results of a product.</summary>
    Bias,

    /// <summary>Normalises rows, or heads.</summary>
    Norm,

    /// <summary>Appends keys or values to the KV cache.</summary>
    StoreCache,

    /// <summary>Appends scales to the KV cache.</summary>
    StoreScale,

    /// <summary>Logits to DDR.</summary>
    StoreLogits,

    /// <summary>Repeats the steps up to the matching <see cref="End"/>, on every unit by itself.</summary>
    For,

    /// <summary>Ends a loop.</summary>
    End,

    /// <summary>The end of the program.</summary>
    Finish,
}
