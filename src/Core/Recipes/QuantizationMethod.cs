namespace Flightc.Recipes;

/// <summary>How codes are chosen.</summary>
public enum QuantizationMethod
{
    /// <summary>Each weight by itself, with searched clipping.</summary>
    RoundToNearest,

    /// <summary>Columns make up for the errors of those before them: E. Frantar et al., GPTQ, 2022, arXiv 2210.17323.</summary>
    Gptq,

    /// <summary>Columns and rows make up for errors, by the Fisher information of the model's predictions, and codes and scales are then refined
    /// by coordinate descent: docs/compression.md.</summary>
    SecondOrder,
}
