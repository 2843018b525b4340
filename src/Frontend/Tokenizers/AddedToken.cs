namespace Flightc.Tokenizers;

/// <summary>A token that is found in text as a whole, before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text, not empty.</param>
/// <param name="IsSpecial">A control token: left out of decoded text on request.</param>
/// <param name="StripsLeft">Takes the white space before it along.</param>
/// <param name="StripsRight">Takes the white space after it along.</param>
/// <param name="IsSingleWord">Is not found inside words.</param>
/// <param name="IsNormalized">
/// Is looked for in normalised text, itself normalised; otherwise in the text as given.
/// </param>
internal sealed record AddedToken(
    int Id, string Content, bool IsSpecial, bool StripsLeft, bool StripsRight, bool IsSingleWord, bool IsNormalized);
