namespace Flightc.IR;

/// <summary>What follows from a <see cref="HeadForm"/>.</summary>
public static class HeadForms
{
    /// <summary>The element type of a value in this form.</summary>
    public static ElementType TypeOf(HeadForm form) => form switch
    {
        HeadForm.Query => ElementType.I8H,
        HeadForm.Cache => ElementType.I8K,
        HeadForm.Values4 or HeadForm.Keys4 => ElementType.I4K,
    };

    /// <summary>The form of keys or values in a KV cache.</summary>
    /// <param name="bits">Width of the cache's codes, 8 or 4.</param>
    /// <param name="isKeys">Keys, or values.</param>
    public static HeadForm OfCache(int bits, bool isKeys) =>
        bits == 8 ? HeadForm.Cache : isKeys ? HeadForm.Keys4 : HeadForm.Values4;

    /// <summary>The value of the attribute <c>cache</c> in text.</summary>
    internal static string NameOf(HeadForm form) => form switch
    {
        HeadForm.Query => "false",
        HeadForm.Cache => "true",
        HeadForm.Values4 => "values4",
        HeadForm.Keys4 => "keys4",
    };
}
