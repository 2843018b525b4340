namespace Flightc.Schedules;

/// <summary>What cores give one another before a product that wants whole rows.</summary>
public enum GatherForm
{
    /// <summary>
    /// binary32 values, in one exchange; every core then measures and quantises whole rows by itself.
    /// </summary>
    Values,

    /// <summary>
    /// INT8 codes, a quarter of the bytes, after exchanges that find the scale: a maximum, and the sums of
    /// squares of a normalisation.
    /// </summary>
    Codes,
}
