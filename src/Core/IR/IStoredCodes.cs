namespace Flightc.IR;

/// <summary>Codes that a checkpoint brings: some can be held as they are.</summary>
public interface IStoredCodes
{
    /// <summary>The format that holds the stored codes of a weight without changing a value, or null.</summary>
    /// <param name="name">A role.</param>
    /// <param name="reason">Why there is none, in words; empty where the weight is not stored as codes.</param>
    QuantizedFormat? FindFormat(string name, out string reason);

    /// <summary>The codes of a weight for which there is a format.</summary>
    QuantizedMatrix ReadCodes(string name);
}
