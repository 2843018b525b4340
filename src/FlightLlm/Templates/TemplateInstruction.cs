namespace Flightc.FlightLlm;

/// <summary>One instruction of a published template: unit, tokens, and what its time depends on. Addresses are left out.</summary>
public readonly struct TemplateInstruction
{
    /// <summary>Who runs it.</summary>
    public PublishedUnit Unit { get; init; }

    /// <summary>What it does.</summary>
    public PublishedOperation Operation { get; init; }

    /// <summary>Whose tokens it takes before it starts.</summary>
    public PublishedUnits Waits { get; init; }

    /// <summary>To whom it gives a token when it ends.</summary>
    public PublishedUnits Releases { get; init; }

    /// <summary>Channels that move its bytes together: 1, or all of the core's.</summary>
    public int Channels { get; init; }

    /// <summary>Whether the bytes come across channels.</summary>
    public bool CrossesChannels { get; init; }

    /// <summary>LD and ST: bytes over all its channels, weights as dense INT8.</summary>
    public long Bytes { get; init; }

    /// <summary>MM and MV: elements of the dot products. MISC: elements of the row.</summary>
    public int Depth { get; init; }

    /// <summary>MM and MV: outputs for each token, padded as the instruction is.</summary>
    public int Columns { get; init; }

    /// <summary>Weights and products of them: share of the weights that is kept.</summary>
    public double Kept { get; init; }

    /// <summary>MM and MV: whether an operand is keys or values, of 8 bits.</summary>
    public bool OnCache { get; init; }
}
